import test from 'ava';
import fc from 'fast-check';
import {type Clock, realClock, ScenarioTime} from '#core/clock.ts';
import type {Phase, RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Hop} from '#proxies/runtime/messages.ts';
import {ChunkAccounts} from '#testbeds/drive/chunk-accounts.ts';
import {BelievedLinks} from '#testbeds/drive/federation/believed-links.ts';
import {Disturbances} from '#testbeds/drive/federation/disturbances.ts';
import {LinkSampler} from '#testbeds/drive/link-sampler.ts';
import {PhaseLog} from '#testbeds/drive/phase-log.ts';
import {SilenceWatch} from '#testbeds/drive/silence-watch.ts';
import {legRates, legsOf, sitePlans} from '#testbeds/drive/stream-plans.ts';
import type {Deployment, LinkCounters} from '#testbeds/testbed.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';
import {VirtualClock} from '../support/virtual-clock.ts';

const sites: Scenario['topology']['sites'] = {
	camera: {role: 'producer'},
	east: {role: 'router'},
	west: {role: 'router'},
	edge: {role: 'compute', tier: 'edge', workers: 1, speed: 1, usdPerHour: 0},
	user: {role: 'consumer'},
};

/** camera —a— east —b— west —c— edge —d— user. */
const path: readonly Hop[] = [
	{link: 'a', from: 'camera', to: 'east'},
	{link: 'b', from: 'east', to: 'west'},
	{link: 'c', from: 'west', to: 'edge'},
	{link: 'd', from: 'edge', to: 'user'},
];

test('routers are crossed within a leg: only sites with a program send and receive', t => {
	t.deepEqual(legsOf(path, sites), [
		{from: 'camera', to: 'edge', links: ['a', 'b', 'c']},
		{from: 'edge', to: 'user', links: ['d']},
	]);
	t.deepEqual(legsOf([], sites), []);
});

test('a leg may send at the least rate of its links, and one without a rate is left free', t => {
	const legs = legsOf(path, sites);
	const rates = [
		{link: 'a', bitsPerSecond: 9e6},
		{link: 'b', bitsPerSecond: 2e6},
		{link: 'c', bitsPerSecond: 5e6},
	];
	t.deepEqual([...legRates(legs, rates)], [['camera', 2e6]]);
	t.deepEqual([...legRates(legs, [{link: 'd', bitsPerSecond: 7e6}])], [['edge', 7e6]]);
	t.deepEqual([...legRates(legs, [])], []);
});

test('each site is told its part of a stream, the consumer first, and the first stage where resolution is set', t => {
	const sends = {firstPlannedSeconds: 2, everySeconds: 10, endSeconds: 60};
	const plans = sitePlans({
		acceptance: {
			stream: 's1',
			streamIndex: 1,
			resolutionRatio: 0.6,
			placement: [
				{stage: 'shrink', site: 'edge', serviceSeconds: 1},
				{stage: 'count', site: 'edge', serviceSeconds: 2},
			],
		},
		legs: legsOf(path, sites),
		rates: new Map([['camera', 2e6]]),
		sends,
		endpoint: ({link, to}) => `${to} over ${link}`,
	});
	const common = {stream: 's1', streamIndex: 1, resolutionRatio: 0.6};
	t.deepEqual(plans, [
		{site: 'user', plan: {...common, stages: []}},
		{
			site: 'edge',
			plan: {
				...common,
				stages: [
					{name: 'shrink', serviceSeconds: 1, first: true},
					{name: 'count', serviceSeconds: 2, first: false},
				],
				next: {link: 'd', endpoint: 'user over d'},
			},
		},
		{
			site: 'camera',
			plan: {...common, stages: [], next: {link: 'c', endpoint: 'edge over c'}, bitsPerSecond: 2e6, sends},
		},
	]);
});

test('in whatever order reports come, every produced chunk is settled or lost, once', t => {
	const chunk = fc.record({stream: fc.constantFrom('s1', 's2', 's3'), arrives: fc.boolean(), late: fc.boolean()});
	fc.assert(
		fc.property(fc.array(chunk, {maxLength: 60}), fc.integer(), (chunks, shuffleSeed) => {
			const reports = chunks.flatMap(({stream, arrives, late}, sequence) => [
				{kind: 'produced', stream, sequence, order: late ? 2 : 0},
				...(arrives ? [{kind: 'settled', stream, sequence, order: 1}] : []),
			]);
			const order = ({sequence, order: rank}: (typeof reports)[number]) =>
				((sequence * 7919 + shuffleSeed) % 13) + rank;
			const accounts = new ChunkAccounts();
			for (const {kind, stream, sequence} of reports.sort((a, b) => order(a) - order(b))) {
				if (kind === 'produced') {
					accounts.produced(stream, sequence);
				} else {
					accounts.settled(stream, sequence);
				}
			}
			const missing = chunks.flatMap(({stream, arrives}, sequence) => (arrives ? [] : [`${stream}/${sequence}`]));
			const losses = accounts.losses(() => 'not-delivered').map(({stream, sequence}) => `${stream}/${sequence}`);
			t.deepEqual([...losses].sort(), [...missing].sort());
			t.is(accounts.outstandingTotalCount, missing.length);
		}),
	);
});

test('losses are told by stream and sequence, each for the reason of its stream', t => {
	const accounts = new ChunkAccounts();
	for (const [stream, sequence] of [
		['s1', 4],
		['s2', 0],
		['s1', 3],
	] as const) {
		accounts.produced(stream, sequence);
	}
	accounts.settled('s2', 0);
	t.deepEqual([accounts.outstandingCount('s1'), accounts.outstandingCount('s2')], [2, 0]);
	t.deepEqual(
		accounts.losses(stream => (stream === 's1' ? 'stream-stopped' : 'node-lost')),
		[
			{stream: 's1', sequence: 3, reason: 'stream-stopped'},
			{stream: 's1', sequence: 4, reason: 'stream-stopped'},
		],
	);
});

const counters = (over: Partial<LinkCounters> = {}): LinkCounters => ({
	link: 'wire',
	from: 'camera',
	atNs: 0n,
	bytes: 0,
	droppedCount: 0,
	backlogBytes: 0,
	...over,
});

test('counters become rates between two readings, by link and direction; the first reading gives none', t => {
	const sampler = new LinkSampler();
	const context = {time: new ScenarioTime({startNs: 0n, timeScale: 0.1}), capacity: () => 5e6};
	t.deepEqual(sampler.sample([counters({bytes: 1000, droppedCount: 2})], context), []);
	const samples = sampler.sample(
		[
			counters({atNs: 500_000_000n, bytes: 126_000, droppedCount: 5, backlogBytes: 70}),
			counters({from: 'user', atNs: 500_000_000n, bytes: 9}),
		],
		context,
	);
	t.deepEqual(samples, [
		{
			kind: 'link.sample',
			t: 5,
			link: 'wire',
			from: 'camera',
			capacityBitsPerSecond: 5e6,
			bitsPerSecond: 2e6,
			droppedCount: 3,
			backlogBytes: 70,
		},
	]);
	t.deepEqual(sampler.sample([counters({atNs: 500_000_000n, bytes: 126_000})], context), [], 'no time, no rate');
});

test('a site that is silent longer than it may is named; one that speaks, or never spoke, is not', t => {
	const clock = new VirtualClock();
	const watch = new SilenceWatch(clock);
	watch.hear('quiet');
	watch.hear('lively');
	clock.advance(5);
	watch.hear('lively');
	t.is(watch.check(), undefined);
	t.regex(watch.check(2.5)?.message ?? '', /^quiet has said nothing for 5\.0 s/);
	clock.advance(1.5);
	t.like(watch.check(), {code: 'NODE_LOST', message: 'quiet has said nothing for 6.5 s: it stalls'});
	watch.hear('quiet');
	t.is(watch.check(), undefined);
	const away = new SilenceWatch(clock, () => [
		{site: 'quiet', host: 'there', clockOffsetSeconds: 0, clockUncertaintyMs: 0},
	]);
	away.hear('quiet');
	clock.advance(7);
	t.is(away.check()?.message, 'quiet on there has said nothing for 7.0 s: it stalls');
	t.regex(away.check()?.hint ?? '', /cannot be reached/);
});

test('a change that nobody confirms is told by the site that is silent, and by its link where all speak', async t => {
	const scenario = chainScenario();
	const virtualClock = new VirtualClock();
	const silence = new SilenceWatch(virtualClock);
	const clock: Clock = {...realClock, sleep: async () => {}};
	const disturbances = new Disturbances({
		...{scenario, clock, silence},
		deployment: {changeRate: () => new Promise(() => {})} as unknown as Deployment,
		time: new ScenarioTime({startNs: 0n, timeScale: 1}),
		signal: new AbortController().signal,
		believed: new BelievedLinks({links: scenario.topology.links, federation: scenario.federation}),
		emit: () => {},
		tell: () => {},
	});
	const change = () => disturbances.apply({kind: 'link-rate', atSeconds: 2, link: 'first', rateBitsPerSecond: 1e6});
	silence.hear('worker');
	virtualClock.advance(2.5);
	await t.throwsAsync(change(), {code: 'TIMED_OUT', message: /^the change of first at 2 s was not confirmed/});
	virtualClock.advance(1);
	await t.throwsAsync(change(), {code: 'NODE_LOST', message: /^worker has said nothing for 3\.5 s/});
});

test('phases before second 0 is known are recorded with their true times once it is', t => {
	const clock = new VirtualClock();
	const records: RecordBody[] = [];
	const begun: string[] = [];
	const phases = new PhaseLog({clock, emit: record => records.push(record), onPhase: phase => begun.push(phase)});
	const pass = (phase: Phase, seconds: number) => {
		phases.begin(phase);
		clock.advance(seconds);
		phases.end(phase);
	};
	pass('provision', 2);
	t.deepEqual(records, []);
	t.deepEqual(begun, ['provision'], 'who watches hears of it at once');
	phases.fix(new ScenarioTime({startNs: 3_000_000_000n, timeScale: 0.5}));
	pass('drive', 4);
	t.deepEqual(records, [
		{kind: 'run.phase', phase: 'provision', status: 'begun', t: -6},
		{kind: 'run.phase', phase: 'provision', status: 'done', wallSeconds: 2, t: -2},
		{kind: 'run.phase', phase: 'drive', status: 'begun', t: -2},
		{kind: 'run.phase', phase: 'drive', status: 'done', wallSeconds: 4, t: 6},
	]);
});
