import test from 'ava';
import fc from 'fast-check';
import {StreambedError} from '#core/errors.ts';
import {randomStream} from '#core/random.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {type ArrivalLaw, scenarioSchema} from '#core/scenario/schema.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {Acceptance, BrainEvent} from '#proxies/runtime/messages.ts';
import {reservedRates} from '#proxies/runtime/reservation.ts';
import {refuseSimulatedOnly} from '#testbeds/drive/simulated-only.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import {arrivals} from '#workload/arrivals.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';

const hop = fc.record({
	bytes: fc.integer({min: 1000, max: 10_000_000}),
	capacityBitsPerSecond: fc.integer({min: 1e6, max: 1e9}),
});

const times = {
	transferSeconds: fc.double({min: 0.5, max: 200, noNaN: true}),
	periodSeconds: fc.double({min: 0.5, max: 50, noNaN: true}),
};

test('each rule of reservation meets the deadline and keeps up with the chunks, and least-total reserves the least in sum', t => {
	fc.assert(
		fc.property(fc.array(hop, {minLength: 1, maxLength: 6}), fc.record(times), (hops, limits) => {
			const totals = (['equal-share', 'equal-bandwidth', 'least-total'] as const).map(rule => {
				const rates = reservedRates(rule, hops, limits);
				const seconds = hops.map(({bytes}, index) => (bytes * 8) / (rates[index] ?? 0));
				const sum = seconds.reduce((total, one) => total + one, 0);
				t.true(sum <= limits.transferSeconds * (1 + 1e-9), `${rule}: ${sum} s of ${limits.transferSeconds} s`);
				t.true(seconds.every(one => one <= limits.periodSeconds * (1 + 1e-9)));
				return rates.reduce((total, one) => total + one, 0);
			});
			const least = totals[2] ?? Number.NaN;
			t.true(
				totals.every(total => least <= total * (1 + 1e-9)),
				totals.join(', '),
			);
		}),
		{seed: 3, numRuns: 2000},
	);
});

test('by hand: equal bandwidth is the sum of all bits over the time; least total is in proportion to their roots', t => {
	const hops = [
		{bytes: 4e6, capacityBitsPerSecond: 1e9},
		{bytes: 1e6, capacityBitsPerSecond: 1e8},
	];
	const limits = {transferSeconds: 4, periodSeconds: 100};
	t.deepEqual(reservedRates('equal-bandwidth', hops, limits), [10e6, 10e6]);
	const [more = 0, less = 0] = reservedRates('least-total', hops, limits);
	t.true(Math.abs(more / less - 2) < 1e-9, `${more} is not twice ${less}`);
	const seconds = 32e6 / more + 8e6 / less;
	t.true(Math.abs(seconds - 4) < 1e-9, `${seconds} s, expected 4 s`);
});

const shared = {
	topology: {
		sites: {
			source: {role: 'producer'},
			near: {role: 'compute', workers: 3, tier: 'edge'},
			far: {role: 'compute', workers: 3, tier: 'core'},
			sink: {role: 'consumer'},
		},
		links: [
			{name: 'source-near', between: ['source', 'near'], rate: '100Mbit/s', distance: '10km'},
			{name: 'near-far', between: ['near', 'far'], rate: '100Mbit/s', distance: '10km'},
			{name: 'far-sink', between: ['far', 'sink'], rate: '100Mbit/s', distance: '10km'},
		],
	},
	workload: {requests: [{count: 1, minimumResolution: '50%'}]},
	timing: {drive: '300s'},
};

const scenarioWith = (quality: object) =>
	scenarioSchema.parse({streambed: 1, title: 'line', ...shared, stack: {quality}});

test('where each stage checks, a chunk that comes early or late to one moves the resolution, by its planned arrival there', t => {
	const brain = createBrain(scenarioWith({checks: 'each-stage'}));
	const [accepted] = brain.handle({
		kind: 'request.arrived',
		t: 0,
		request: {
			request: 'r1',
			atSeconds: 0,
			durationSeconds: 1000,
			minimumResolutionRatio: 0.5,
			deadlineSeconds: 25,
			budgetUsdPerChunk: 1,
		},
	});
	const {reservations, hopBytes} = accepted as Acceptance;
	const seconds = hopBytes.map((bytes, index) => (bytes * 8) / (reservations[index]?.bitsPerSecond ?? 0));
	// The first stage stands at the first site; before it there is one transfer.
	const plannedSeconds = seconds[0] ?? 0;
	const reach = (stageIndex: number, diffSeconds: number, plannedStageSeconds: number): BrainEvent => ({
		kind: 'chunk.reached',
		t: 100 + plannedStageSeconds - diffSeconds,
		stream: 'stream-1',
		stageIndex,
		plannedSendSeconds: 100,
	});
	t.like(brain.handle(reach(0, 3, plannedSeconds))[0], {kind: 'set-resolution', resolutionRatio: 0.55});
	t.deepEqual(brain.handle(reach(0, 0.5, plannedSeconds)), []);
	// The others stand at the second site, behind a stage of 6.25 s and one more transfer.
	const secondSeconds = plannedSeconds + 6.25 + (seconds[1] ?? 0);
	t.like(brain.handle(reach(1, 3, secondSeconds))[0], {kind: 'set-resolution', resolutionRatio: 0.6});
	t.like(brain.handle(reach(2, -0.5, secondSeconds + 6.25))[0], {kind: 'set-resolution', resolutionRatio: 0.55});
});

async function records(quality: object): Promise<readonly RecordBody[]> {
	const bodies: RecordBody[] = [];
	const {signal} = new AbortController();
	await simulateVariant({scenario: scenarioWith(quality), seed: 1, emit: body => bodies.push(body), signal});
	return bodies;
}

test('simulated, a stream with time to spare comes to full resolution sooner where each stage checks', async t => {
	const fullAt = async (checks: string) =>
		(await records({checks})).find(record => record.kind === 'stream.resolution' && record.resolutionRatio === 1)?.t;
	const [atDelivery = Number.NaN, atEachStage = Number.NaN] = [await fullAt('delivery'), await fullAt('each-stage')];
	t.true(atEachStage < atDelivery - 10, `${atEachStage} s, expected 10 s and more before ${atDelivery} s`);
});

test('simulated, a producer that may reduce sends chunks of the current resolution, and raw ones where it may not', async t => {
	const sizes = async (producerReduces: boolean) =>
		(await records({producerReduces})).flatMap(record => (record.kind === 'chunk.produced' ? [record.bytes] : []));
	const [raw, reduced] = [await sizes(false), await sizes(true)];
	t.deepEqual([...new Set(raw)], [10_000_000]);
	t.is(reduced[0], 2_500_000);
	t.true(Math.max(...reduced) > 2_500_000, 'the resolution rises, and with it the size');
});

test('a testbed of real programs refuses what only the simulation knows, by its keys', t => {
	refuseSimulatedOnly(chainScenario());
	const error = t.throws(() => refuseSimulatedOnly(scenarioWith({checks: 'each-stage', producerReduces: true})), {
		instanceOf: StreambedError,
	});
	t.is(error.code, 'SCENARIO_INVALID');
	t.regex(error.message, /checks: each-stage and stack\.quality\.producerReduces/);
});

test('Poisson minutes have the mean and variance of their law, and lie within the bounds', t => {
	const law: Extract<ArrivalLaw, {law: 'poisson'}> = {
		law: 'poisson',
		meanSeconds: 900,
		stepSeconds: 60,
		withinSeconds: [0, 1800],
	};
	const minutes = arrivals(law, [20_000], randomStream(1, 'load')).map(({atSeconds}) => Math.floor(atSeconds / 60));
	const mean = minutes.reduce((sum, minute) => sum + minute, 0) / minutes.length;
	const variance = minutes.reduce((sum, minute) => sum + (minute - mean) ** 2, 0) / minutes.length;
	t.true(Math.abs(mean - 15) < 0.15, `mean ${mean}, expected 15, tolerance 0.15`);
	t.true(Math.abs(variance - 15) < 0.6, `variance ${variance}, expected 15, tolerance 0.6`);
	t.true(minutes.every(minute => minute >= 0 && minute < 30));
	const error = t.throws(() => arrivals({...law, withinSeconds: [10_000, 11_000]}, [1], randomStream(1, 'load')), {
		instanceOf: StreambedError,
	});
	t.is(error.code, 'SCENARIO_INVALID');
	// A mean beyond what one product of draws can hold.
	const [late] = arrivals({...law, stepSeconds: 0.1, withinSeconds: [0, 1800]}, [1], randomStream(1, 'load'));
	t.true(Math.abs((late?.atSeconds ?? 0) - 900) < 60);
});
