import test from 'ava';
import fc from 'fast-check';
import {StreambedError} from '#core/errors.ts';
import {randomStream} from '#core/random.ts';
import {type ArrivalLaw, type Scenario, scenarioSchema} from '#core/scenario/schema.ts';
import {arrivals} from '#workload/arrivals.ts';
import {ChunkLedger} from '#workload/chunk-ledger.ts';
import {planLoad} from '#workload/load-plan.ts';

const groupCounts = [3, 1, 2];

const laws: Readonly<Record<string, ArrivalLaw>> = {
	spread: {law: 'spread', fromSeconds: 5, overSeconds: 12},
	together: {law: 'together', atSeconds: 5},
	uniform: {law: 'uniform', fromSeconds: 5, toSeconds: 17},
	normal: {law: 'normal', meanSeconds: 11, sdSeconds: 10, withinSeconds: [5, 17]},
};

for (const [name, law] of Object.entries(laws)) {
	test(`${name} arrivals come in order of time, in bounds, every group with its count, the same for a seed`, t => {
		fc.assert(
			fc.property(fc.array(fc.integer({min: 1, max: 20}), {minLength: 1, maxLength: 5}), fc.nat(), (counts, seed) => {
				const all = arrivals(law, counts, randomStream(seed, 'test'));
				t.deepEqual(
					counts.map((_, group) => all.filter(({groupIndex}) => groupIndex === group).length),
					counts,
				);
				t.true(all.every(({atSeconds}, index) => atSeconds >= (all[index - 1]?.atSeconds ?? 5) && atSeconds <= 17));
				t.deepEqual(arrivals(law, counts, randomStream(seed, 'test')), all);
			}),
			{numRuns: 30},
		);
	});
}

test('spread arrivals are evenly apart and take the groups in turn', t => {
	t.deepEqual(arrivals(laws.spread as ArrivalLaw, groupCounts, randomStream(1, 'test')), [
		{groupIndex: 0, atSeconds: 5},
		{groupIndex: 1, atSeconds: 7},
		{groupIndex: 2, atSeconds: 9},
		{groupIndex: 0, atSeconds: 11},
		{groupIndex: 2, atSeconds: 13},
		{groupIndex: 0, atSeconds: 15},
	]);
});

test('drawn arrivals follow their law, and one group’s count leaves the other groups’ instants alone', t => {
	const many = (law: ArrivalLaw) => arrivals(law, [4000], randomStream(3, 'test')).map(({atSeconds}) => atSeconds);
	const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
	t.true(Math.abs(mean(many(laws.uniform as ArrivalLaw)) - 11) < 0.2);
	const narrow = many({law: 'normal', meanSeconds: 900, sdSeconds: 100, withinSeconds: [0, 1800]});
	t.true(Math.abs(mean(narrow) - 900) < 6);
	const sd = Math.sqrt(mean(narrow.map(value => (value - 900) ** 2)));
	t.true(Math.abs(sd - 100) < 5, `sd ${sd}, expected 100 ± 5`);
	const ofSecond = (counts: readonly number[]) =>
		arrivals(laws.uniform as ArrivalLaw, counts, randomStream(3, 'test')).filter(({groupIndex}) => groupIndex === 1);
	t.deepEqual(ofSecond([2, 7]), ofSecond([30, 7]));
});

test('a normal law that never falls between its bounds is an error of the scenario', t => {
	const law: ArrivalLaw = {law: 'normal', meanSeconds: 0, sdSeconds: 1, withinSeconds: [100, 200]};
	t.throws(() => arrivals(law, [1], randomStream(1, 'test')), {instanceOf: StreambedError, code: 'SCENARIO_INVALID'});
});

function scenarioWith(workload: object): Scenario {
	return scenarioSchema.parse({
		streambed: 1,
		title: 'Load',
		topology: {
			sites: {a: {role: 'producer'}, b: {role: 'consumer'}},
			links: [{name: 'a-b', between: ['a', 'b'], rate: '1Gbit/s'}],
		},
		timing: {drive: '600s'},
		workload,
	});
}

test('a load plan numbers its requests in order of arrival and draws their durations', t => {
	const scenario = scenarioWith({
		arrivals: {law: 'spread', from: '0s', over: '12s'},
		leadTime: '2s',
		requests: [
			{count: 2, minimumResolution: '80%', deadline: '20s', budgetUsdPerChunk: 0.5},
			{count: 1, duration: '70s'},
			{count: 1, duration: {uniform: ['50s', '400s']}},
		],
	});
	const plan = planLoad(scenario, randomStream(1, 'load'));
	t.deepEqual(
		plan.map(({request}) => request),
		['r001', 'r002', 'r003', 'r004'],
	);
	t.deepEqual(plan[0], {
		request: 'r001',
		atSeconds: 0,
		durationSeconds: 598,
		minimumResolutionRatio: 0.8,
		deadlineSeconds: 20,
		budgetUsdPerChunk: 0.5,
	});
	t.is(plan[1]?.durationSeconds, 70);
	t.is(plan[3]?.durationSeconds, 600 - 9 - 2);
	const drawn = Array.from(
		{length: 200},
		(_, seed) => planLoad(scenario, randomStream(seed, 'load'))[2]?.durationSeconds ?? 0,
	);
	t.true(Math.min(...drawn) >= 50 && Math.max(...drawn) <= 400);
	t.true(Math.max(...drawn) - Math.min(...drawn) > 300);
});

test('the ledger of a consumer tells first, late and repeated arrivals, like a plain list would', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 0, max: 12})), sequences => {
			const ledger = new ChunkLedger();
			const seen: number[] = [];
			for (const sequence of sequences) {
				const expected = seen.includes(sequence)
					? 'duplicate'
					: seen.some(other => other > sequence)
						? 'reordered'
						: 'in-order';
				t.is(ledger.arrive(sequence), expected);
				seen.push(sequence);
			}
		}),
	);
});
