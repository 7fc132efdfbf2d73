import test from 'ava';
import fc from 'fast-check';
import type {Scenario} from '#core/scenario/schema.ts';
import {scenarioSchema} from '#core/scenario/schema.ts';
import {reservationTolerance} from '#proxies/runtime/admission.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {Acceptance, Brain, BrainAction, LinkRate, PlannedRequest} from '#proxies/runtime/messages.ts';
import {StreamBook} from '#proxies/runtime/stream-book.ts';

/** producer —in— compute —out— consumer; a full chunk takes 0.8 s on each link, and a stage 1 s. */
function chain({workers = 4, rate = '10Mbit/s', merge = true} = {}): Scenario {
	return scenarioSchema.parse({
		streambed: 1,
		title: 'chain',
		topology: {
			sites: {
				camera: {role: 'producer'},
				middle: {role: 'compute', tier: 'edge', workers},
				user: {role: 'consumer'},
			},
			links: [
				{name: 'in', between: ['camera', 'middle'], rate},
				{name: 'out', between: ['middle', 'user'], rate},
			],
		},
		stack: {merge},
		workload: {
			chunk: {bytes: '1MB', every: '10s'},
			sources: 10,
			stages: [{name: 'shrink', service: '1s'}],
			requests: [{}],
		},
	});
}

const planned = (changes: Partial<PlannedRequest> = {}): PlannedRequest => ({
	request: 'r',
	atSeconds: 0,
	durationSeconds: 1000,
	minimumResolutionRatio: 0.5,
	deadlineSeconds: 9,
	budgetUsdPerChunk: 1,
	source: 'source-1',
	...changes,
});

const ask = (brain: Brain, changes: Partial<PlannedRequest> = {}): readonly BrainAction[] =>
	brain.handle({kind: 'request.arrived', t: 0, request: planned(changes)});

function accepted(actions: readonly BrainAction[]): Acceptance {
	const [action] = actions;
	if (action?.kind !== 'accept') {
		throw new Error(`not accepted: ${JSON.stringify(action)}`);
	}
	return action;
}

const resolutions = (actions: readonly BrainAction[]) =>
	actions.flatMap(action =>
		action.kind === 'set-resolution' ? `${action.stream} ${action.resolutionRatio}: ${action.condition}` : [],
	);

const inHand = (brain: Brain) => brain.workersReserved().get('middle');

const late = (brain: Brain, plannedSendSeconds: number, latencySeconds: number) =>
	brain.handle({
		kind: 'chunk.delivered',
		t: plannedSendSeconds + latencySeconds,
		stream: 'stream-1',
		sequence: plannedSendSeconds / 10,
		plannedSendSeconds,
	});

test('a second request for the same joins the stream and costs no worker and no bandwidth; another source has its own', t => {
	const brain = createBrain(chain());
	const first = accepted(ask(brain));
	const joined = accepted(ask(brain));
	t.is(joined.carrier, 'stream-1');
	t.is(joined.stream, 'stream-2');
	t.deepEqual(joined.reservations, first.reservations);
	t.is(joined.streamIndex, first.streamIndex);
	t.is(inHand(brain), 1);
	const other = accepted(ask(brain, {source: 'source-2'}));
	t.is(other.carrier, undefined);
	t.is(inHand(brain), 2);
	t.is(accepted(ask(brain, {source: 'source-2', minimumResolutionRatio: 0.3})).carrier, 'stream-3');
});

test('nothing is shared without the policy, nor among requests for data of their own', t => {
	const apart = createBrain(chain({merge: false}));
	ask(apart);
	t.is(accepted(ask(apart)).carrier, undefined);
	const brain = createBrain(chain());
	const {source: _, ...own} = planned();
	for (const request of [own, own]) {
		t.is(accepted(brain.handle({kind: 'request.arrived', t: 0, request})).carrier, undefined);
	}
	t.is(inHand(brain), 2);
});

test('a stricter request makes the stream grow to what it alone would hold, and shrink back when it leaves', t => {
	const brain = createBrain(chain());
	const lenient = accepted(ask(brain));
	const strict = {minimumResolutionRatio: 1, deadlineSeconds: 5};
	const grown = ask(brain, strict);
	const alone = accepted(ask(createBrain(chain()), strict));
	t.deepEqual(accepted(grown).reservations, alone.reservations);
	t.is(accepted(grown).resolutionRatio, 1);
	t.deepEqual(resolutions(grown), ['stream-1 1: stream-2 joined']);
	t.is(inHand(brain), 1);
	const after = brain.handle({kind: 'stream.ended', t: 50, stream: 'stream-2'});
	t.deepEqual(after[0], {kind: 'complete', stream: 'stream-2'});
	t.deepEqual(resolutions(after), ['stream-1 0.5: stream-2 left']);
	t.deepEqual(accepted(ask(brain)).reservations, lenient.reservations);
});

test('what cannot grow is left as it is, and the request gets a stream of its own or is rejected with what it lacks', t => {
	// Full chunks within 5 s take 0.4 of each link, half ones within 9 s 0.125: two of the first and one of the second fit.
	const strict = {minimumResolutionRatio: 1, deadlineSeconds: 5};
	const brain = createBrain(chain());
	const lenient = accepted(ask(brain));
	ask(brain, {source: 'source-2', ...strict});
	ask(brain, {source: 'source-3', minimumResolutionRatio: 1, deadlineSeconds: 5});
	const [refused] = ask(brain, strict);
	t.is(refused?.kind, 'reject');
	t.is(refused?.kind === 'reject' && refused.reason, 'bandwidth');
	const joined = accepted(ask(brain));
	t.is(joined.carrier, 'stream-1');
	t.deepEqual(joined.reservations, lenient.reservations);
});

test('the stream goes on until the last of its requests has ended, whoever began it', t => {
	const brain = createBrain(chain());
	for (let count = 0; count < 3; count++) {
		ask(brain);
	}
	t.deepEqual(brain.handle({kind: 'stream.ended', t: 1, stream: 'stream-1'}), [{kind: 'complete', stream: 'stream-1'}]);
	t.deepEqual(brain.handle({kind: 'stream.ended', t: 1, stream: 'stream-1'}), []);
	brain.handle({kind: 'stream.ended', t: 2, stream: 'stream-3'});
	t.is(inHand(brain), 1);
	brain.handle({kind: 'stream.ended', t: 3, stream: 'stream-2'});
	t.is(inHand(brain), 0);
	t.is(accepted(ask(brain)).carrier, undefined);
});

test('three missed deadlines stop those whose minimum keeps the resolution up, and the others go on with less', t => {
	const brain = createBrain(chain());
	ask(brain, {minimumResolutionRatio: 0.5});
	ask(brain, {minimumResolutionRatio: 1});
	// Chunks that left before the stream grew are not held against anybody: the second one's first is due at 2 s.
	for (const seconds of [-20, -10, 0]) {
		t.deepEqual(late(brain, seconds, 9.5), []);
	}
	late(brain, 10, 9.5);
	late(brain, 20, 9.5);
	const stops = late(brain, 30, 9.5).filter(({kind}) => kind === 'stop');
	t.deepEqual(
		stops.map(action => action.kind === 'stop' && action.stream),
		['stream-2'],
	);
	t.is(inHand(brain), 1);
	for (const seconds of [40, 50]) {
		t.false(late(brain, seconds, 9.5).some(({kind}) => kind === 'stop'));
	}
	t.deepEqual(
		late(brain, 60, 9.5).map(({kind}) => kind),
		['stop'],
	);
	t.is(inHand(brain), 0);
});

test('a request with more patience outlasts one whose shorter deadline is missed', t => {
	const brain = createBrain(chain());
	ask(brain, {deadlineSeconds: 9});
	ask(brain, {deadlineSeconds: 20});
	const stops = [10, 20, 30].flatMap(seconds => late(brain, seconds, 12)).filter(({kind}) => kind === 'stop');
	t.deepEqual(
		stops.map(action => action.kind === 'stop' && action.stream),
		['stream-1'],
	);
});

test('a lost site that cannot be bypassed stops every request that shared the stream over it, each with the reason', t => {
	const brain = createBrain(chain());
	ask(brain);
	ask(brain);
	const actions = brain.handle({kind: 'site.lost', t: 5, site: 'middle'});
	t.deepEqual(
		actions.map(action => (action.kind === 'stop' ? `${action.stream}: ${action.reason.split(';')[0]}` : action.kind)),
		['stream-1: site middle was lost', 'stream-2: site middle was lost'],
	);
	t.is(inHand(brain), 0);
});

const step = fc.oneof(
	fc.record({
		kind: fc.constant('ask' as const),
		source: fc.integer({min: 1, max: 3}),
		minimumResolutionRatio: fc.constantFrom(0.4, 0.6, 0.8, 1),
		deadlineSeconds: fc.constantFrom(4, 5, 7, 9),
	}),
	fc.record({kind: fc.constant('end' as const), pick: fc.nat(50)}),
);

test('whoever comes and leaves in whatever order, no more is held than there is, and all of it is given back', t => {
	let joinedCount = 0;
	let grownCount = 0;
	fc.assert(
		fc.property(fc.array(step, {maxLength: 40}), fc.nat(1000), (steps, turn) => {
			const scenario = chain({workers: 3});
			const book = new StreamBook(scenario);
			const links = scenario.topology.links.map(({name}) => name);
			const channels = () => links.flatMap(link => book.ledger.channels(link));
			const free = channels().map(({capacityBitsPerSecond}) => capacityBitsPerSecond);
			const served: string[] = [];
			const check = () => {
				for (const {link, capacityBitsPerSecond, reservations} of channels()) {
					const held = [...reservations.values()].reduce((sum, one) => sum + one, 0);
					t.true(held <= capacityBitsPerSecond * (1 + 4 * reservationTolerance), `${link}: ${held} held`);
				}
				t.true(book.ledger.freeWorkers('middle') >= 0);
				// Every request has, in what carries it, at least what it asked for.
				for (const {members, demand, reservations} of book.running()) {
					t.true(members.length > 0 && reservations.every(({bitsPerSecond}: LinkRate) => bitsPerSecond > 0));
					for (const {request} of members) {
						t.true(request.minimumResolutionRatio <= demand.minimumResolutionRatio);
						t.true(request.deadlineSeconds >= demand.deadlineSeconds);
					}
				}
			};
			const leave = (pick: number) => {
				const [name] = served.splice(pick % served.length, 1);
				t.truthy(book.leave(name ?? ''));
			};
			for (const one of steps) {
				if (one.kind === 'end') {
					if (served.length > 0) {
						leave(one.pick);
					}
				} else {
					const request = planned({...one, source: `source-${one.source}`});
					const joined = book.join(request);
					const answer = joined ? undefined : book.place(request);
					if (joined) {
						joinedCount++;
						grownCount += joined.before.demand.deadlineSeconds === joined.after.demand.deadlineSeconds ? 0 : 1;
						served.push(joined.stream);
					} else if (answer?.kind === 'fit') {
						served.push(book.begin(request, answer).stream);
					}
				}
				check();
			}
			while (served.length > 0) {
				leave(turn);
				check();
			}
			t.is(book.ledger.freeWorkers('middle'), 3);
			t.deepEqual(
				channels().map(({reservations, capacityBitsPerSecond}) =>
					reservations.size === 0 ? capacityBitsPerSecond : -1,
				),
				free,
			);
		}),
		{numRuns: 300},
	);
	t.true(joinedCount > 100 && grownCount > 20, `${joinedCount} joined, ${grownCount} made it grow`);
});
