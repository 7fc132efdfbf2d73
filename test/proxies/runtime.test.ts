import test from 'ava';
import {scenarioSchema} from '#core/scenario/schema.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {Acceptance, Brain, BrainAction, PlannedRequest} from '#proxies/runtime/messages.ts';
import {shortestPaths} from '#proxies/runtime/shortest-paths.ts';
import {ofKind} from '../support/of-kind.ts';

/** The chain of zamani2018 as reconstructed; `changes` overlay its top-level keys. */
function chain(changes: Record<string, unknown> = {}) {
	return scenarioSchema.parse({
		streambed: 1,
		title: 'chain',
		topology: {
			sites: {
				observatory: {role: 'producer'},
				edge: {role: 'compute', workers: 10, tier: 'edge'},
				transit: {role: 'compute', workers: 20, tier: 'in-transit'},
				core: {role: 'compute', workers: 60, tier: 'core'},
				user: {role: 'consumer'},
			},
			links: [
				{name: 'observatory-edge', between: ['observatory', 'edge'], rate: '800Mbit/s', distance: '50km'},
				{name: 'edge-transit', between: ['edge', 'transit'], rate: '400Mbit/s', distance: '500km'},
				{name: 'transit-core', between: ['transit', 'core'], rate: '700Mbit/s', distance: '1000km'},
				{name: 'core-user', between: ['core', 'user'], rate: '600Mbit/s', distance: '1000km'},
			],
		},
		workload: {requests: [{count: 1}]},
		...changes,
	});
}

/** Two ways of equal length from producer to consumer, over `north` or over `south`. */
function fork(north: object, south: object, workload: object = {}) {
	return chain({
		topology: {
			sites: {
				source: {role: 'producer'},
				north: {role: 'compute', workers: 3, tier: 'core'},
				south: {role: 'compute', workers: 3, tier: 'core'},
				sink: {role: 'consumer'},
			},
			links: [
				{name: 'source-north', between: ['source', 'north'], rate: '100Mbit/s', distance: '10km', ...north},
				{name: 'north-sink', between: ['north', 'sink'], rate: '100Mbit/s', distance: '10km', ...north},
				{name: 'source-south', between: ['source', 'south'], rate: '100Mbit/s', distance: '10km', ...south},
				{name: 'south-sink', between: ['sink', 'south'], rate: '100Mbit/s', distance: '10km', ...south},
			],
		},
		workload: {requests: [{count: 1}], ...workload},
	});
}

function request(minimumResolutionRatio: number, changes: Partial<PlannedRequest> = {}): PlannedRequest {
	return {
		request: 'request',
		atSeconds: 0,
		durationSeconds: Number.POSITIVE_INFINITY,
		minimumResolutionRatio,
		deadlineSeconds: 25,
		budgetUsdPerChunk: 1,
		...changes,
	};
}

function ask(brain: Brain, ratio: number, changes: Partial<PlannedRequest> = {}): readonly BrainAction[] {
	return brain.handle({kind: 'request.arrived', t: 0, request: request(ratio, changes)});
}

function accepted(actions: readonly BrainAction[]): Acceptance {
	const acceptance = ofKind(actions, 'accept')[0];
	if (!acceptance) {
		throw new Error(`not accepted: ${JSON.stringify(actions)}`);
	}
	return acceptance;
}

function reservedOn(link: string, acceptances: readonly Acceptance[]): number {
	const all = acceptances.flatMap(({reservations}) => reservations).filter(one => one.link === link);
	return all.reduce((sum, {bitsPerSecond}) => sum + bitsPerSecond, 0);
}

const sitesOf = ({placement}: Acceptance) => placement.map(({site}) => site);

test('the twelve streams of Fig. 10 reserve 535 Mbit/s on in-transit–core, 290 without the full ones, 117 for the 60 % ones', t => {
	const brain = createBrain(chain());
	const ratios = [1, 0.8, 0.6].flatMap(ratio => [ratio, ratio, ratio, ratio]);
	const streams = ratios.map(ratio => accepted(ask(brain, ratio)));
	const megabits = (from: number) => Math.round(reservedOn('transit-core', streams.slice(from)) / 1e6);
	t.deepEqual([megabits(0), megabits(4), megabits(8)], [535, 290, 117]);
	// Full streams lose nothing by going on raw, so all of their stages stand latest; the others shrink as early as they can.
	t.deepEqual(sitesOf(streams[0] as Acceptance), ['core', 'core', 'core']);
	t.deepEqual(sitesOf(streams[11] as Acceptance), ['edge', 'core', 'core']);
	t.deepEqual(streams[11]?.hopBytes.map(Math.round), [10e6, 3.6e6, 3.6e6, 3.6e6]);
	t.deepEqual(Object.fromEntries(brain.workersReserved()), {edge: 8, transit: 0, core: 28});
});

test('the baseline of three core stages without approximation holds 11 streams, 55 % of the core, and says what the twelfth lacks', t => {
	const brain = createBrain(chain());
	const answers = Array.from({length: 12}, () => ask(brain, 1));
	t.deepEqual(
		answers.map(([first]) => first?.kind),
		[...Array.from({length: 11}, () => 'accept'), 'reject'],
	);
	t.is((brain.workersReserved().get('core') ?? 0) / 60, 0.55);
	t.like(answers[11]?.[0], {reason: 'bandwidth'});
	t.regex(
		ofKind(answers[11] ?? [], 'reject')[0]?.detail ?? '',
		/^observatory-edge: 70\.1Mbit\/s asked, 28\.95Mbit\/s free$/,
	);
});

test('a reservation is the least share of every link that meets the deadline', t => {
	const stream = accepted(ask(createBrain(chain()), 0.6));
	const transferSeconds = stream.hopBytes.reduce(
		(sum, bytes, hop) => sum + (bytes * 8) / (stream.reservations[hop]?.bitsPerSecond ?? 0),
		0,
	);
	close(t, transferSeconds + 3 * 6.25, 25);
	close(t, stream.completionSeconds, 25);
});

test('a deadline with time to spare still reserves what keeps up with the chunks, and plans the earlier arrival', t => {
	const stream = accepted(ask(createBrain(chain()), 1, {deadlineSeconds: 100}));
	// 80 Mbit every 10 s through the narrowest link, 400 Mbit/s: 2 % of each.
	close(t, stream.reservations[1]?.bitsPerSecond ?? 0, 8e6);
	const transferSeconds = (80 / 800 + 80 / 400 + 80 / 700 + 80 / 600) / 0.02;
	close(t, stream.completionSeconds, transferSeconds + 18.75);
});

test('a request that cannot be met is told the nearest miss, with numbers and units', t => {
	const detail = (actions: readonly BrainAction[]) =>
		ofKind(actions, 'reject').map(({reason, detail: text}) => `${reason}: ${text}`)[0];
	t.is(detail(ask(createBrain(chain()), 1, {deadlineSeconds: 19})), 'deadline: best possible 19.3 s, deadline 19 s');
	t.is(
		detail(ask(createBrain(chain()), 1, {budgetUsdPerChunk: 0.001})),
		'budget: a chunk costs at least 0.00366 USD, budget 0.001 USD',
	);
	const narrow = fork({}, {rate: '20Mbit/s'});
	const brain = createBrain(narrow);
	accepted(ask(brain, 1, {deadlineSeconds: 60}));
	t.is(detail(ask(brain, 1, {deadlineSeconds: 20})), 'deadline: best possible 20.35 s, deadline 20 s');
	t.is(detail(ask(brain, 1, {deadlineSeconds: 25})), 'workers: north: 3 workers asked, 0 free');
	const bare = chain({
		topology: {
			sites: {a: {role: 'producer'}, b: {role: 'consumer'}},
			links: [{name: 'a-b', between: ['a', 'b'], rate: '1Gbit/s'}],
		},
	});
	t.regex(detail(ask(createBrain(bare), 1)) ?? '', /^path: no path/);
});

test('the shorter way is taken first, the other one when it is full or lost', t => {
	const brain = createBrain(fork({distance: '9km'}, {}, {chunk: {bytes: '1MB'}}));
	t.deepEqual(sitesOf(accepted(ask(brain, 1))), ['north', 'north', 'north']);
	const second = accepted(ask(brain, 1));
	t.deepEqual(second.path, [
		{link: 'source-south', from: 'source', to: 'south'},
		{link: 'south-sink', from: 'south', to: 'sink'},
	]);
	const lost = brain.handle({kind: 'site.lost', t: 5, site: 'south'});
	t.deepEqual(lost[0], {
		kind: 'stop',
		stream: 'stream-2',
		reason: 'site south was lost; placed anew it would lack workers: north: 3 workers asked, 0 free',
	});
	t.is(brain.workersReserved().get('south'), 0);
	t.like(ask(brain, 1)[0], {kind: 'reject', reason: 'workers'});
	brain.handle({kind: 'stream.ended', t: 6, stream: 'stream-1'});
	t.deepEqual(sitesOf(accepted(ask(brain, 1))), ['north', 'north', 'north']);
});

test('where ways tie in length, the one that reserves less bandwidth is taken', t => {
	// A delay leaves less time for the transfers, which then need more of the links.
	t.deepEqual(sitesOf(accepted(ask(createBrain(fork({delay: '2s'}, {})), 1))), ['south', 'south', 'south']);
	t.deepEqual(sitesOf(accepted(ask(createBrain(fork({}, {delay: '2s'})), 1))), ['north', 'north', 'north']);
});

test('paths come shortest first, and each is simple', t => {
	const ways = [
		['a', 'b', 1],
		['b', 'd', 1],
		['a', 'c', 2],
		['c', 'd', 2.5],
		['b', 'c', 0.5],
		['a', 'd', 9],
	].map(([from, to, distanceKm]) => ({
		name: `${from}-${to}`,
		between: [from, to] as [string, string],
		distanceKm: Number(distanceKm),
	}));
	const routes = shortestPaths({ways, from: 'a', to: 'd', limit: 10}).map(path =>
		['a', ...path.map(({to}) => to)].join(''),
	);
	t.deepEqual(routes, ['abd', 'acbd', 'abcd', 'acd', 'ad']);
	t.is(shortestPaths({ways, from: 'a', to: 'd', limit: 2}).length, 2);
	t.deepEqual(shortestPaths({ways, from: 'a', to: 'nowhere', limit: 2}), []);
});

test('spare bandwidth is shared evenly, and a link below its reservations shrinks them in proportion', t => {
	const brain = createBrain(chain());
	const [full, reduced] = [accepted(ask(brain, 1)), accepted(ask(brain, 0.6))];
	const onLink = (actions: readonly BrainAction[]) =>
		ofKind(actions, 'set-rates').map(({stream, rates}) => [
			stream,
			rates.find(({link}) => link === 'transit-core')?.bitsPerSecond,
		]);
	const reservations = [full, reduced].map(one => reservedOn('transit-core', [one]));
	const reserved = reservations.reduce((sum, one) => sum + one, 0);
	const narrowed = onLink(brain.handle({kind: 'link.changed', t: 1, link: 'transit-core', rateBitsPerSecond: 200e6}));
	for (const [index, reservation] of reservations.entries()) {
		close(t, Number(narrowed[index]?.[1]), reservation + (200e6 - reserved) / 2);
	}
	const starved = onLink(brain.handle({kind: 'link.changed', t: 2, link: 'transit-core', rateBitsPerSecond: 50e6}));
	for (const [index, reservation] of reservations.entries()) {
		close(t, Number(starved[index]?.[1]), (reservation * 50e6) / reserved);
	}
	t.deepEqual(brain.handle({kind: 'link.changed', t: 3, link: 'transit-core', rateBitsPerSecond: 50e6}), []);
	const freed = brain.handle({kind: 'stream.ended', t: 4, stream: full.stream});
	t.deepEqual(freed[0], {kind: 'complete', stream: full.stream});
	t.deepEqual(onLink(freed), [[reduced.stream, 50e6]]);
	t.deepEqual(brain.handle({kind: 'stream.ended', t: 5, stream: full.stream}), []);
});

test('new rates go to exactly the streams whose rates changed', t => {
	const brain = createBrain(fork({distance: '9km'}, {}, {chunk: {bytes: '1MB'}}));
	const first = accepted(ask(brain, 1));
	const second = ask(brain, 1);
	t.deepEqual(
		ofKind(second, 'set-rates').map(({stream}) => stream),
		[accepted(second).stream],
	);
	const changed = brain.handle({kind: 'link.changed', t: 1, link: 'north-sink', rateBitsPerSecond: 5e6});
	t.deepEqual(
		ofKind(changed, 'set-rates').map(({stream}) => stream),
		[first.stream],
	);
});

test('with tcp sharing nothing is enforced', t => {
	const brain = createBrain(chain({stack: {sharing: 'tcp'}}));
	const actions = [
		...ask(brain, 1),
		...ask(brain, 0.6),
		...brain.handle({kind: 'link.changed', t: 1, link: 'transit-core', rateBitsPerSecond: 200e6}),
		...brain.handle({kind: 'stream.ended', t: 2, stream: 'stream-1'}),
	];
	t.deepEqual(
		actions.map(({kind}) => kind),
		['accept', 'accept', 'complete'],
	);
});

test('resolution follows Table I, from the minimum to all of it and never beyond', t => {
	const brain = createBrain(chain());
	const {stream, completionSeconds} = accepted(ask(brain, 0.6));
	const arrive = (diffSeconds: number) =>
		ofKind(
			brain.handle({
				kind: 'chunk.delivered',
				t: completionSeconds - diffSeconds,
				stream,
				sequence: 0,
				plannedSendSeconds: 0,
			}),
			'set-resolution',
		).map(
			({previousResolutionRatio, resolutionRatio, condition}) =>
				`${previousResolutionRatio} ${resolutionRatio} ${condition}`,
		);
	t.deepEqual(arrive(0.5), []);
	t.deepEqual(arrive(2.5), ['0.6 0.65 very early']);
	t.deepEqual(arrive(2), ['0.65 0.67 early']);
	t.deepEqual(arrive(1), []);
	t.deepEqual(arrive(0), []);
	t.deepEqual(arrive(-1), ['0.67 0.62 late']);
	t.deepEqual(arrive(-1.5), ['0.62 0.6 critically late']);
	t.deepEqual(arrive(-1.5), []);
	const climb = Array.from({length: 9}, () => arrive(3)[0]);
	t.deepEqual(climb.slice(6), ['0.9 0.95 very early', '0.95 1 very early', undefined]);
});

test('a stream that misses three deadlines in a row at its minimum is stopped, and what it held goes to the others', t => {
	for (const policy of ['adaptive', 'static']) {
		const brain = createBrain(chain({stack: {policy}}));
		const [{stream}, other] = [accepted(ask(brain, 0.6)), accepted(ask(brain, 0.6))];
		const arrive = (t: number) =>
			brain.handle({kind: 'chunk.delivered', t, stream, sequence: 0, plannedSendSeconds: 0});
		t.is(arrive(25.1).length + arrive(25.1).length + arrive(25).length, 0, 'a chunk in time breaks the row');
		t.is(arrive(25.1).length + arrive(25.1).length, 0);
		const [stop, ...rates] = arrive(25.1);
		t.deepEqual(stop, {kind: 'stop', stream, reason: 'missed 3 deadlines in a row at its minimum resolution'});
		t.deepEqual(
			ofKind(rates, 'set-rates').map(one => [one.stream, one.rates[2]?.bitsPerSecond]),
			[[other.stream, 700e6]],
		);
		t.is(brain.workersReserved().get('edge'), 1);
		t.deepEqual(arrive(25.1), [], 'what was still under way of it decides nothing');
		t.is(brain.diffSeconds({stream, plannedSendSeconds: 100, t: 124}), 1);
	}
});

test('under the static policy resolution stays where it started', t => {
	const brain = createBrain(chain({stack: {policy: 'static'}}));
	const {stream} = accepted(ask(brain, 0.6));
	t.deepEqual(brain.handle({kind: 'chunk.delivered', t: 20, stream, sequence: 0, plannedSendSeconds: 0}), []);
});

test('in a fluid model of paced links the drop of Fig. 10 stops the full and the 80 % streams and spares the 60 % ones', t => {
	const adaptive = fluidFig10(createBrain(chain()));
	const told = JSON.stringify(adaptive);
	for (const one of adaptive) {
		t.true(one.beforeCut >= one.minimum, told);
		t.is(one.stoppedSeconds === undefined, one.minimum === 0.6, told);
	}
	for (const one of adaptive.filter(({minimum}) => minimum !== 0.6)) {
		t.true((one.stoppedSeconds ?? 0) > 220 && (one.stoppedSeconds ?? 0) < 300, told);
	}
	for (const one of adaptive.filter(({minimum}) => minimum === 0.6)) {
		t.is(one.lowestAfterCut, 0.6, told);
		t.true(one.atEnd > one.beforeCut, told);
	}
	const fixed = fluidFig10(createBrain(chain({stack: {policy: 'static'}})));
	for (const {minimum, beforeCut, atEnd} of fixed) {
		t.deepEqual([beforeCut, atEnd], [minimum, minimum], 'static streams keep their resolution');
	}
});

type Fate = {
	readonly minimum: number;
	beforeCut: number;
	lowestAfterCut: number;
	atEnd: number;
	stoppedSeconds: number | undefined;
};

/**
 * Twelve streams for 600 s, phases spread, store-and-forward, each hop at the rate that the brain last assigned when the
 * chunk gets there; stages are held for their service time; at 220 s in-transit–core falls to 200 Mbit/s.
 */
function fluidFig10(brain: Brain): readonly Fate[] {
	const rates = new Map<string, readonly number[]>();
	const fates = new Map<string, Fate>();
	const resolution = new Map<string, number>();
	const queue: Array<{t: number; run: () => void}> = [];
	const at = (t: number, run: () => void) => queue.push({t, run});
	const free = new Map<string, number>();
	const apply = (t: number, actions: readonly BrainAction[]) => {
		for (const action of actions) {
			if (action.kind === 'set-rates') {
				rates.set(
					action.stream,
					action.rates.map(({bitsPerSecond}) => bitsPerSecond),
				);
			} else if (action.kind === 'set-resolution') {
				resolution.set(action.stream, action.resolutionRatio);
			} else if (action.kind === 'stop') {
				(fates.get(action.stream) as Fate).stoppedSeconds = t;
			}
		}
	};
	const answers = [1, 0.8, 0.6].flatMap(ratio => [ratio, ratio, ratio, ratio]).map(ratio => ask(brain, ratio));
	apply(0, answers.flat());
	for (const [index, {stream, placement, path, resolutionRatio}] of answers.map(accepted).entries()) {
		fates.set(stream, {minimum: resolutionRatio, beforeCut: 0, lowestAfterCut: 1, atEnd: 0, stoppedSeconds: undefined});
		resolution.set(stream, resolutionRatio);
		for (let planned = (index * 10) / 12; planned < 600; planned += 10) {
			let sent = 1;
			const hop = (number: number, t: number) => {
				const passage = `${stream}/${number}`;
				const begin = Math.max(t, free.get(passage) ?? 0);
				const end = begin + (80e6 * sent ** 2) / (rates.get(stream)?.[number] ?? Number.NaN);
				free.set(passage, end);
				at(end, () => arrive(number, end));
			};
			const arrive = (number: number, t: number) => {
				const site = path[number]?.to;
				const here = placement.filter(one => one.site === site);
				if (here.length > 0 && site === placement[0]?.site) {
					sent = resolution.get(stream) ?? Number.NaN;
				}
				const ready = t + here.reduce((sum, {serviceSeconds}) => sum + serviceSeconds, 0);
				if (number === path.length - 1) {
					apply(t, brain.handle({kind: 'chunk.delivered', t, stream, sequence: 0, plannedSendSeconds: planned}));
				} else {
					at(ready, () => hop(number + 1, ready));
				}
			};
			at(planned, () => hop(0, planned));
		}
	}
	at(219.9, () => {
		for (const [stream, fate] of fates) {
			fate.beforeCut = resolution.get(stream) ?? 0;
		}
	});
	at(220, () =>
		apply(220, brain.handle({kind: 'link.changed', t: 220, link: 'transit-core', rateBitsPerSecond: 200e6})),
	);
	while (queue.length > 0) {
		const next = queue.reduce((best, other) => (other.t < best.t ? other : best));
		queue.splice(queue.indexOf(next), 1);
		next.run();
		if (next.t > 220) {
			for (const [stream, fate] of fates) {
				fate.lowestAfterCut = Math.min(fate.lowestAfterCut, resolution.get(stream) ?? 0);
			}
		}
	}
	for (const [stream, fate] of fates) {
		fate.atEnd = resolution.get(stream) ?? 0;
	}
	return [...fates.values()];
}

function close(t: {true(value: boolean, message: string): unknown}, actual: number, expected: number): void {
	const tolerance = 1e-9 * Math.abs(expected);
	t.true(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}, tolerance ${tolerance}`);
}
