import test from 'ava';
import fc from 'fast-check';
import type {Scenario} from '#core/scenario/schema.ts';
import {scenarioSchema} from '#core/scenario/schema.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {Brain, BrainAction, BrainEvent, PlannedRequest} from '#proxies/runtime/messages.ts';
import {ofKind} from '../support/of-kind.ts';

/** Two in-transit sites side by side, the northern way being shorter, or only the northern one. */
function ways({south = true, workers = 4, rate = '100Mbit/s'} = {}): Scenario {
	const compute = (tier: string) => ({role: 'compute', tier, workers});
	const distance = {north: '10km', south: '20km'};
	const used = south ? (['north', 'south'] as const) : (['north'] as const);
	return scenarioSchema.parse({
		streambed: 1,
		title: 'ways',
		topology: {
			sites: {
				camera: {role: 'producer'},
				...Object.fromEntries(used.map(name => [name, compute('in-transit')])),
				user: {role: 'consumer'},
			},
			links: used.flatMap(name => [
				{name: `camera-${name}`, between: ['camera', name], rate, distance: distance[name]},
				{name: `${name}-user`, between: [name, 'user'], rate, distance: distance[name]},
			]),
		},
		workload: {
			chunk: {bytes: '1MB', every: '10s'},
			stages: [{name: 'shrink', service: '1s'}],
			requests: [{}],
		},
	});
}

const planned = (changes: Partial<PlannedRequest> = {}): PlannedRequest => ({
	request: 'r',
	atSeconds: 0,
	durationSeconds: 1000,
	minimumResolutionRatio: 1,
	deadlineSeconds: 10,
	budgetUsdPerChunk: 1,
	...changes,
});

const ask = (brain: Brain, changes: Partial<PlannedRequest> = {}): readonly BrainAction[] =>
	brain.handle({kind: 'request.arrived', t: 0, request: planned(changes)});

const sitesOf = (actions: readonly BrainAction[]): string[] =>
	ofKind(actions, 're-place').map(
		({stream, placement}) => `${stream} at ${placement.map(({site}) => site).join(', ')}`,
	);

test('a lost site is bypassed: its streams move to the other way in the order of their acceptance, each under a new number', t => {
	const brain = createBrain(ways());
	ask(brain);
	ask(brain);
	const actions = brain.handle({kind: 'site.lost', t: 5, site: 'north'});
	t.deepEqual(sitesOf(actions), ['stream-1 at south', 'stream-2 at south']);
	const moves = ofKind(actions, 're-place');
	t.deepEqual(
		moves.map(({streamIndex, reason, resolutionRatio}) => ({streamIndex, reason, resolutionRatio})),
		[
			{streamIndex: 2, reason: 'site north was lost', resolutionRatio: 1},
			{streamIndex: 3, reason: 'site north was lost', resolutionRatio: 1},
		],
	);
	t.deepEqual(
		moves[0]?.path.map(({link}) => link),
		['camera-south', 'south-user'],
	);
	t.deepEqual(
		[...brain.workersReserved()],
		[
			['north', 0],
			['south', 2],
		],
	);
	const rates = ofKind(actions, 'set-rates').find(({stream}) => stream === 'stream-1');
	t.deepEqual(
		rates?.rates,
		[
			{link: 'camera-south', bitsPerSecond: 50e6},
			{link: 'south-user', bitsPerSecond: 50e6},
		],
		'both share the way that they moved to',
	);
	t.is(ofKind(ask(brain), 'accept')[0]?.streamIndex, 4, 'numbers are not used twice');
});

test('where the way around has no room for all, who came first is saved and the others stop, each with what it would lack', t => {
	const brain = createBrain(ways({workers: 1}));
	ask(brain);
	ask(brain, {request: 'elsewhere'});
	const full = brain.handle({kind: 'site.lost', t: 5, site: 'north'});
	t.deepEqual(sitesOf(full), []);
	t.deepEqual(
		ofKind(full, 'stop').map(({stream, reason}) => ({stream, reason})),
		[
			{
				stream: 'stream-1',
				reason: 'site north was lost; placed anew it would lack workers: south: 1 worker asked, 0 free',
			},
		],
	);

	const half = createBrain(ways({workers: 2}));
	ask(half);
	ask(half);
	ask(half, {request: 'third'});
	const actions = half.handle({kind: 'site.lost', t: 5, site: 'north'});
	t.deepEqual(sitesOf(actions), ['stream-1 at south']);
	t.deepEqual(
		ofKind(actions, 'stop').map(({stream}) => stream),
		['stream-2'],
	);
});

test('on a chain a lost site cannot be bypassed, and the reason says so', t => {
	const brain = createBrain(ways({south: false}));
	ask(brain);
	const [stop] = brain.handle({kind: 'site.lost', t: 5, site: 'north'});
	t.deepEqual(stop, {
		kind: 'stop',
		stream: 'stream-1',
		reason: 'site north was lost; every way from the producer to the consumer leads over a lost site, none around it',
	});
	t.like(ask(brain)[0], {kind: 'reject', reason: 'path'});
});

test('lost workers cost the streams accepted last, which move where they can; workers that come back are given out again', t => {
	const brain = createBrain(ways());
	ask(brain);
	ask(brain);
	ask(brain);
	const actions = brain.handle({kind: 'site.workers', t: 5, site: 'north', workers: 1});
	t.deepEqual(sitesOf(actions), ['stream-2 at south', 'stream-3 at south']);
	t.is(ofKind(actions, 're-place')[0]?.reason, 'north has 1 workers left');
	t.deepEqual(brain.handle({kind: 'site.workers', t: 6, site: 'south', workers: 2}), [], 'nobody has to go');
	t.like(ask(brain)[0], {kind: 'reject', reason: 'workers'});
	brain.handle({kind: 'site.workers', t: 7, site: 'north', workers: 2});
	t.deepEqual(ofKind(ask(brain), 'accept')[0]?.placement[0]?.site, 'north');
});

test('a measured direction of a link changes what is given out on it, and leaves the other direction alone', t => {
	const brain = createBrain(ways({south: false}));
	ask(brain);
	const back = brain.handle({kind: 'link.changed', t: 1, link: 'north-user', from: 'user', rateBitsPerSecond: 1e6});
	t.deepEqual(back, []);
	const forth = brain.handle({kind: 'link.changed', t: 1, link: 'north-user', from: 'north', rateBitsPerSecond: 40e6});
	t.deepEqual(ofKind(forth, 'set-rates')[0]?.rates[1], {link: 'north-user', bitsPerSecond: 40e6});
});

test('each way of being infeasible is named, with the best that could be had or what is free', t => {
	const details = (changes: Partial<PlannedRequest>, brain = createBrain(ways({south: false, workers: 1}))) => {
		const [reject] = ofKind(ask(brain, changes), 'reject');
		return `${reject?.reason}: ${reject?.detail}`;
	};
	t.is(details({deadlineSeconds: 1.1}), 'deadline: best possible 1.16 s, deadline 1.1 s');
	t.regex(details({budgetUsdPerChunk: 1e-6}), /^budget: a chunk costs at least 0\.0001832 USD, budget 0\.000001 USD$/);
	const busy = createBrain(ways({south: false, workers: 1}));
	ask(busy);
	t.is(details({}, busy), 'workers: north: 1 worker asked, 0 free');
	const narrow = createBrain(ways({south: false}));
	ask(narrow, {deadlineSeconds: 1.2});
	t.is(details({deadlineSeconds: 1.2}, narrow), 'bandwidth: camera-north: 80Mbit/s asked, 20Mbit/s free');
});

test('whatever is lost and comes back, no site holds more workers than it has, and no running stream crosses a lost site', t => {
	const happening = fc.oneof(
		fc.constant({kind: 'ask'} as const),
		fc.record({kind: fc.constant('workers' as const), site: fc.constantFrom('north', 'south'), workers: fc.nat(4)}),
		fc.record({kind: fc.constant('lost' as const), site: fc.constantFrom('north', 'south')}),
	);
	fc.assert(
		fc.property(fc.array(happening, {maxLength: 30}), happenings => {
			const brain = createBrain(ways());
			const workers = new Map([
				['north', 4],
				['south', 4],
			]);
			const lost = new Set<string>();
			const running = new Map<string, readonly string[]>();
			for (const one of happenings) {
				const actions = one.kind === 'ask' ? ask(brain) : brain.handle(eventOf(one));
				if (one.kind === 'workers') {
					workers.set(one.site, one.workers);
				} else if (one.kind === 'lost') {
					lost.add(one.site);
				}
				for (const action of actions) {
					if (action.kind === 'accept' || action.kind === 're-place') {
						running.set(
							action.stream,
							action.placement.map(({site}) => site),
						);
					} else if (action.kind === 'stop') {
						t.true(running.delete(action.stream));
					}
				}
				const held = [...running.values()].flat();
				for (const [site, reserved] of brain.workersReserved()) {
					t.is(reserved, held.filter(other => other === site).length, `${site}: the ledger is the sum of its streams`);
					t.true(reserved <= (workers.get(site) ?? 0));
				}
				t.false(held.some(site => lost.has(site)));
			}
		}),
		{numRuns: 200},
	);
});

function eventOf(one: {
	readonly kind: 'workers' | 'lost';
	readonly site: string;
	readonly workers?: number;
}): BrainEvent {
	return one.kind === 'lost'
		? {kind: 'site.lost', t: 1, site: one.site}
		: {kind: 'site.workers', t: 1, site: one.site, workers: one.workers ?? 0};
}
