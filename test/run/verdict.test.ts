import test from 'ava';
import {StreambedError} from '#core/errors.ts';
import type {LinkCalibration, Verdict} from '#core/records/run-document.ts';
import type {RecordBody} from '#core/records/schema.ts';
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
	sentSeconds: sequence + latenessSeconds,
	bytes: 1000,
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
	}: {
		readonly links?: readonly LinkCalibration[];
		readonly outcome?: 'completed' | 'interrupted' | 'failed';
		readonly failure?: StreambedError;
		readonly congestionControl?: readonly string[];
		readonly time?: 'real' | 'virtual';
		/** Without a sample of its own a case stands for a quiet machine that was watched. */
		readonly isWatched?: boolean;
	} = {},
): {readonly verdict: Verdict; readonly reasons: string} {
	const evidence = new Evidence(timeScale);
	evidence.calibration = links;
	const watched = isWatched && !records.some(({kind}) => kind === 'fidelity.sample') ? [pressure(0)] : [];
	for (const record of [...watched, ...records]) {
		evidence.hear(record);
	}
	const reasons = judge({scenario, evidence, time, outcome, failure, congestionControl});
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
		says: /no link was measured before driving\nno program told how its event loop fared\nthis kernel does not tell.*\nthe congestion control of the connections was not seen/,
		options: {links: [], congestionControl: [], isWatched: false},
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
		says: /the generator sent late: p99 30\.0 ms, limit 25 ms/,
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
