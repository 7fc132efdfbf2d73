import test from 'ava';
import {StreambedError} from '#core/errors.ts';
import type {LinkCalibration, Verdict} from '#core/records/run-document.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {Evidence} from '#run/evidence.ts';
import {judge, worstVerdict} from '#run/verdict.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';

const scenario = chainScenario();
const timeScale = 0.1;

const calibration = (over: Partial<LinkCalibration> = {}): LinkCalibration => ({
	link: 'first',
	from: 'camera',
	askedBitsPerSecond: 100e6,
	measuredBitsPerSecond: 100e6,
	goodputBitsPerSecond: 95e6,
	askedDelayMs: 0,
	measuredDelayMs: 0.05,
	...over,
});

const produced = (sequence: number, latenessSeconds = 0): RecordBody => ({
	kind: 'chunk.produced',
	t: sequence,
	stream: 's1',
	sequence,
	plannedSeconds: sequence,
	readySeconds: sequence + latenessSeconds,
	sentSeconds: sequence + 2 * latenessSeconds,
	bytes: 1000,
});

const delivered = (sequence: number): RecordBody => ({
	kind: 'chunk.delivered',
	t: sequence + 1,
	stream: 's1',
	sequence,
	bytes: 1000,
	resolutionRatio: 1,
	latencySeconds: 1,
	transitSeconds: 1,
	diffSeconds: 0,
	reordered: false,
});

const lost = (sequence: number): RecordBody => ({
	kind: 'chunk.lost',
	t: sequence,
	stream: 's1',
	sequence,
	reason: 'stream-stopped',
});

const sample = (eventLoopLagMsP99: number, t = 1): RecordBody => ({
	kind: 'site.sample',
	t,
	site: 'edge',
	workersBusy: 0,
	workersReserved: 0,
	workers: 1,
	cpuRatio: 0,
	eventLoopLagMsP99,
	bufferedBytes: 0,
});

const pressure = (cpuPressureRatio: number | null): RecordBody => ({
	kind: 'fidelity.sample',
	t: 1,
	cpuPressureRatio,
	harnessLagMsP99: 0,
});

const linkSample = (t: number, over: Partial<Extract<RecordBody, {kind: 'link.sample'}>> = {}): RecordBody => ({
	kind: 'link.sample',
	t,
	link: 'first',
	from: 'camera',
	capacityBitsPerSecond: 100e6,
	bitsPerSecond: 100e6,
	droppedCount: 0,
	backlogBytes: 0,
	...over,
});

/** At time scale 0.1 a reading every 0.5 s of real time is one every 5 s of the scenario. */
const linkSamples = (...bitsPerSecond: readonly number[]): readonly RecordBody[] =>
	bitsPerSecond.map((rate, index) => linkSample(5 * (index + 1), {bitsPerSecond: rate}));

/** A link that goes from 100 to 10 Mbit/s at 10 s. */
const [fastRate, slowRate] = [{capacityBitsPerSecond: 100e6, bitsPerSecond: 100e6}, {capacityBitsPerSecond: 10e6}];

const changed = (link: string, requestedSeconds: number, latenessSeconds = 0): RecordBody => ({
	kind: 'link.changed',
	t: requestedSeconds + latenessSeconds,
	link,
	rateBitsPerSecond: 20e6,
	requestedSeconds,
	appliedSeconds: requestedSeconds + latenessSeconds,
	observedSeconds: requestedSeconds + latenessSeconds,
});

const timeline: Scenario['timeline'] = [
	{kind: 'link-rate', atSeconds: 2, link: 'second', rateBitsPerSecond: 50e6},
	{kind: 'link-rate', atSeconds: 7, link: 'second', rateBitsPerSecond: 20e6},
];

/** What a run must have to be above doubt: one chunk, and what became of it. */
const sound = [produced(0), lost(0)];

function verdictOf(
	records: readonly RecordBody[],
	{
		links = [calibration()],
		outcome = 'completed',
		failure,
		congestionControl = ['cubic'],
		time = 'real',
		isWatched = true,
		events = [],
	}: {
		readonly links?: readonly LinkCalibration[];
		readonly outcome?: 'completed' | 'interrupted' | 'failed';
		readonly failure?: StreambedError;
		readonly congestionControl?: readonly string[];
		readonly time?: 'real' | 'virtual';
		/** Without a sample of its own a case stands for a quiet machine that was watched. */
		readonly isWatched?: boolean;
		readonly events?: Scenario['timeline'];
	} = {},
): {readonly verdict: Verdict; readonly reasons: string} {
	const evidence = new Evidence(timeScale);
	evidence.calibration = links;
	const has = (wanted: RecordBody['kind']) => records.some(({kind}) => kind === wanted);
	const watched = [
		...(isWatched && !has('fidelity.sample') ? [pressure(0)] : []),
		...(isWatched && !has('link.sample') ? [linkSample(1)] : []),
	];
	for (const record of [...watched, ...records]) {
		evidence.hear(record);
	}
	const reasons = judge({
		scenario: {...scenario, timeScale, timeline: events},
		evidence,
		time,
		outcome,
		failure,
		congestionControl,
	});
	return {
		verdict: worstVerdict(reasons.map(({verdict}) => verdict)),
		reasons: reasons.map(({reason}) => reason).join('\n'),
	};
}

const cases: ReadonlyArray<{
	readonly when: string;
	readonly is: Verdict;
	readonly says: RegExp;
	readonly records?: readonly RecordBody[];
	readonly options?: Parameters<typeof verdictOf>[1];
}> = [
	{when: 'nothing is amiss', is: 'valid', says: /^$/},
	{
		when: 'nothing was watched at all',
		is: 'invalid',
		says: /no link was measured before driving\nno program told how its event loop fared\nthis kernel does not tell.*\nthe counters of the links were not read while driving$/,
		options: {links: [], congestionControl: [], isWatched: false},
	},
	{
		when: 'a chunk came over connections that nobody saw',
		is: 'suspect',
		says: /^the congestion control of the connections was not seen$/,
		records: [...sound, produced(0), delivered(0)],
		options: {congestionControl: []},
	},
	{
		when: 'nothing came, so that no connection was to be seen',
		is: 'valid',
		says: /^$/,
		records: [...sound, produced(0), lost(0)],
		options: {congestionControl: []},
	},
	{
		when: 'the kernel tells nothing of its processors',
		is: 'suspect',
		says: /that was not watched$/,
		records: [...sound, pressure(null)],
	},
	{
		when: 'a model has nothing to watch',
		is: 'valid',
		says: /^$/,
		options: {links: [], congestionControl: [], isWatched: false, time: 'virtual'},
	},
	{
		when: 'a link carries 1.9 % less than asked',
		is: 'valid',
		says: /^$/,
		options: {links: [calibration({measuredBitsPerSecond: 98.1e6})]},
	},
	{
		when: 'a link carries 2.1 % more than asked',
		is: 'invalid',
		says: /link first from camera carried 102\.1Mbit\/s of 100Mbit\/s: 2\.1 % off, limit 2\.0 %/,
		options: {links: [calibration(), calibration({measuredBitsPerSecond: 102.1e6})]},
	},
	{
		when: 'a link delays by 0.6 ms where none is asked',
		is: 'invalid',
		says: /delayed by 0\.60 ms where 0\.00 ms was asked, limit ±0\.50 ms/,
		options: {links: [calibration({measuredDelayMs: 0.6})]},
	},
	{
		when: 'a delay of 100 ms is off by 1.9 ms, within its share',
		is: 'valid',
		says: /^$/,
		options: {links: [calibration({askedDelayMs: 100, measuredDelayMs: 101.9})]},
	},
	{
		when: 'a send is 30 ms of real time late',
		is: 'suspect',
		says: /the generator was late: p99 30\.0 ms, limit 25 ms/,
		records: [produced(0, 0.3), lost(0)],
	},
	{
		when: 'a send is more than twice the limit late',
		is: 'invalid',
		says: /p99 60\.0 ms/,
		records: [produced(0, 0.6), lost(0)],
	},
	{
		when: 'an event loop lags',
		is: 'suspect',
		says: /the event loop of edge lagged: 70\.0 ms, limit 50 ms/,
		records: [...sound, sample(70)],
	},
	{when: 'an event loop lagged before driving', is: 'valid', says: /^$/, records: [...sound, sample(500, -1)]},
	{
		when: 'tasks wait for processors',
		is: 'suspect',
		says: /waited for a processor 90\.0 % of the time, limit 85\.0 %/,
		records: [...sound, pressure(0.8), pressure(1)],
	},
	{
		when: 'a chunk is not accounted for',
		is: 'invalid',
		says: /2 chunks were produced, but 1 are accounted for/,
		records: [...sound, produced(1)],
	},
	{
		when: 'a chunk is counted twice',
		is: 'invalid',
		says: /1 chunks were produced, but 2 are accounted for/,
		records: [...sound, lost(0)],
	},
	{
		when: 'a chunk arrives corrupt',
		is: 'suspect',
		says: /1 chunks arrived corrupt/,
		records: [...sound, produced(1), {kind: 'chunk.corrupt', t: 1, stream: 's1', sequence: 1}],
	},
	{when: 'nothing was produced', is: 'invalid', says: /no chunk was produced/, records: []},
	{
		when: 'the run was interrupted',
		is: 'suspect',
		says: /interrupted before its end/,
		options: {outcome: 'interrupted'},
	},
	{
		when: 'the run failed',
		is: 'invalid',
		says: /out of coffee/,
		options: {outcome: 'failed', failure: new StreambedError('NODE_LOST', 'out of coffee')},
	},
	{
		when: 'a connection used another congestion control',
		is: 'invalid',
		says: /connections used bbr where the scenario asks for cubic/,
		options: {congestionControl: ['bbr', 'cubic']},
	},
	{
		when: 'the counters of a link show its rate, and what a burst and a segment add',
		is: 'valid',
		says: /^$/,
		records: [...sound, ...linkSamples(99e6, 100e6, 105.9e6, 80e6)],
	},
	{
		when: 'the counters of a link show more than it has',
		is: 'invalid',
		says: /^link first from camera carried 108Mbit\/s before 15\.0 s, where 106\.2Mbit\/s is the most that it can$/,
		records: [...sound, ...linkSamples(99e6, 100e6, 108e6, 107e6)],
	},
	{
		when: 'only the last reading of a link shows more than it has',
		is: 'invalid',
		says: /carried 200Mbit\/s before 10\.0 s/,
		records: [...sound, ...linkSamples(99e6, 200e6)],
	},
	{
		when: 'a reading before a step down was recorded with the capacity after it',
		is: 'valid',
		says: /^$/,
		records: [
			...sound,
			linkSample(5, fastRate),
			linkSample(10, {...fastRate, ...slowRate}),
			linkSample(15, {...slowRate, bitsPerSecond: 11e6}),
		],
	},
	{
		when: 'a reading after a step up was recorded with the capacity before it',
		is: 'valid',
		says: /^$/,
		records: [
			...sound,
			linkSample(5, {...slowRate, bitsPerSecond: 10e6}),
			linkSample(10, {...slowRate, bitsPerSecond: 60e6}),
			linkSample(15, fastRate),
		],
	},
	{
		when: 'a link goes on as before though it was cut',
		is: 'invalid',
		says: /carried 100Mbit\/s before 20\.0 s, where 11\.65Mbit\/s is the most/,
		records: [
			...sound,
			linkSample(5, fastRate),
			...[10, 15, 20, 25].map(t => linkSample(t, {...fastRate, ...slowRate})),
		],
	},
	{
		when: 'every change of a link was applied in time',
		is: 'valid',
		says: /^$/,
		records: [...sound, changed('second', 2, 0.9), changed('second', 7)],
		options: {events: timeline},
	},
	{
		when: 'a change of a link was never applied',
		is: 'invalid',
		says: /^1 of 2 changes of link second that were due were never applied; the first is that to 20Mbit\/s at 7 s$/,
		records: [...sound, changed('second', 2), changed('first', 7)],
		options: {events: timeline},
	},
	{
		when: 'one of two changes at the same time was never applied',
		is: 'invalid',
		says: /^1 of 3 changes of link second/,
		records: [...sound, changed('second', 2), changed('second', 7)],
		options: {events: [...timeline, ...timeline.slice(1)]},
	},
	{
		when: 'a change of a link came 150 ms of real time late',
		is: 'suspect',
		says: /^link second was changed late: 150\.0 ms after 7 s, limit 100 ms$/,
		records: [...sound, changed('second', 2), changed('second', 7, 1.5)],
		options: {events: timeline},
	},
	{
		when: 'a change of a link came more than twice the limit late',
		is: 'invalid',
		says: /changed late: 250\.0 ms/,
		records: [...sound, changed('second', 2, 2.5), changed('second', 7)],
		options: {events: timeline},
	},
	{
		when: 'it was interrupted before a change was due',
		is: 'suspect',
		says: /^the run was interrupted before its end$/,
		records: [...sound, changed('second', 2), {kind: 'run.ended', t: 7.5, outcome: 'interrupted'}],
		options: {events: timeline, outcome: 'interrupted'},
	},
	{
		when: 'it was interrupted after a change should have been',
		is: 'invalid',
		says: /1 of 1 changes of link second that were due/,
		records: [...sound, {kind: 'run.ended', t: 6, outcome: 'interrupted'}],
		options: {events: timeline, outcome: 'interrupted'},
	},
];

for (const {when, is, says, records = sound, options} of cases) {
	test(`a run is ${is} when ${when}`, t => {
		const {verdict, reasons} = verdictOf(records, options);
		t.is(verdict, is, reasons);
		t.regex(reasons, says);
	});
}

test('the worst verdict counts, and nothing to say is valid', t => {
	t.is(worstVerdict([]), 'valid');
	t.is(worstVerdict(['valid', 'suspect']), 'suspect');
	t.is(worstVerdict(['suspect', 'invalid', 'valid']), 'invalid');
});

test('the lateness of the generator is the 99th percentile of its sends, in real milliseconds', t => {
	const evidence = new Evidence(timeScale);
	for (let sequence = 0; sequence < 1000; sequence++) {
		evidence.hear(produced(sequence, sequence / 100));
	}
	const [actual, expected, tolerance] = [evidence.generatorLatenessMsP99, 990, 1.001];
	t.true(Math.abs(actual - expected) <= tolerance, `${actual} ms, expected ${expected} ± ${tolerance} ms`);
});

test('the worst lag is that of the worst process, not of its worst second', t => {
	const evidence = new Evidence(timeScale);
	for (let second = 0; second < 40; second++) {
		evidence.hear(sample(second === 7 ? 900 : 10));
		evidence.hear({...pressure(0), harnessLagMsP99: 20} as RecordBody);
	}
	t.deepEqual(evidence.worstLag, {who: 'the harness', lagMs: 20});
	t.deepEqual(new Evidence(timeScale).worstLag, {who: 'none', lagMs: 0});
	t.is(new Evidence(timeScale).cpuPressureRatio, undefined);
});
