import test from 'ava';
import fc from 'fast-check';
import {limitTolerance, type PlacementMeasures, preparePlacement, solvePlacement} from '#proxies/runtime/placement.ts';
import {type PlacementProblem, placementProblemSchema} from '#proxies/runtime/placement-problem.ts';

/** The example of the format: edge1 and core1 between an observatory and a user. */
const example = {
	resources: [
		{name: 'observatory', tier: 'producer', computeUsdPerSecond: 0},
		{name: 'edge1', tier: 'edge', tasksPerSecond: 1.18, computeUsdPerSecond: 8.7e-6},
		{name: 'core1', tier: 'core', tasksPerSecond: 2.3, computeUsdPerSecond: 4.6e-6},
		{name: 'user', tier: 'consumer', computeUsdPerSecond: 0},
	],
	stages: [{taskCount: 6.26}, {taskCount: 1.82}],
	chunkBytes: [10_000_000, 3_917_100, 2_126_500],
	bitsPerSecond: [
		[0, 161e6, 97e6, 41e6],
		[161e6, 0, 35e6, 128e6],
		[97e6, 35e6, 0, 303e6],
		[41e6, 128e6, 303e6, 0],
	],
	usdPerByte: [
		[0, 1e-11, 1e-11, 0],
		[1e-11, 0, 9e-11, 9e-11],
		[1e-11, 9e-11, 0, 1e-11],
		[0, 9e-11, 1e-11, 0],
	],
	distanceKm: [
		[0, 50, 1500, 2000],
		[50, 0, 1450, 1950],
		[1500, 1450, 0, 500],
		[2000, 1950, 500, 0],
	],
	deadlineSeconds: 14,
	budgetUsd: 0.0012,
};

const parsed = (changes: object = {}): PlacementProblem => placementProblemSchema.parse({...example, ...changes});

test('the example of the format goes to the edge, with the sums of the equations', t => {
	const answer = solvePlacement(parsed());
	// By hand: both stages at edge1, 10 MB over 50 km and 2.1265 MB over 1950 km; 80/161 + 8.08/1.18 + 17.012/128 seconds.
	t.like(answer, {feasible: true, mapping: ['edge1', 'edge1'], solver: 'shortest-path'});
	if (answer.feasible) {
		near(t, answer.objectiveByteKm, 10e6 * 50 + 2_126_500 * 1950);
		near(t, answer.completionSeconds, 80 / 161 + 8.08 / 1.18 + (2_126_500 * 8) / 128e6);
		near(t, answer.costUsd, 10e6 * 1e-11 + (8.08 / 1.18) * 8.7e-6 + 2_126_500 * 9e-11);
	}
});

test('a limit that binds moves stages to another resource, by the label search', t => {
	const answer = solvePlacement(parsed({deadlineSeconds: 5}));
	t.like(answer, {feasible: true, mapping: ['core1', 'core1'], solver: 'pareto-labels'});
});

test('what cannot be met is named with the best value that can be reached', t => {
	const fastest = 80 / 97 + 8.08 / 2.3 + (2_126_500 * 8) / 303e6;
	const late = solvePlacement(parsed({deadlineSeconds: 4}));
	t.like(late, {feasible: false, constraint: 'deadline'});
	near(t, late.feasible ? 0 : (late.bestCompletionSeconds ?? 0), fastest);
	t.like(solvePlacement(parsed({budgetUsd: 1e-5})), {feasible: false, constraint: 'budget'});
	t.like(solvePlacement(parsed({budgetUsd: 1e-5, deadlineSeconds: 4})), {constraint: 'deadline and budget'});
	const none = example.bitsPerSecond.map(row => row.map((rate, to) => (to === 3 ? 0 : rate)));
	t.like(solvePlacement(parsed({bitsPerSecond: none})), {feasible: false, constraint: 'path'});
});

test('without stages the chunk goes straight to the consumer', t => {
	const answer = solvePlacement(parsed({stages: [], chunkBytes: [1000]}));
	t.like(answer, {feasible: true, mapping: [], objectiveByteKm: 2_000_000});
	t.like(solvePlacement(parsed({stages: [], chunkBytes: [1e9]})), {feasible: false, constraint: 'deadline'});
});

test('a problem that is wrong in many places is told all of them at once', t => {
	const {error} = placementProblemSchema.safeParse({
		...example,
		resources: [
			{...example.resources[1], name: 'user'},
			{...example.resources[1], tasksPerSecond: -1},
			...example.resources.slice(2),
		],
		chunkBytes: [1, -2],
		distanceKm: [[0, 1], [1], 'far', [-3, 0, 0, 0]],
		usdPerByte: [],
		colour: 'red',
	});
	const told = error?.issues.map(({path}) => path.join('.')).toSorted();
	t.deepEqual(told, [
		'',
		'chunkBytes',
		'chunkBytes.1',
		'distanceKm.0',
		'distanceKm.1',
		'distanceKm.2',
		'distanceKm.3.0',
		'resources.0.tier',
		'resources.1.tasksPerSecond',
		'resources.3.name',
		'usdPerByte',
	]);
	t.true(placementProblemSchema.safeParse(null).error !== undefined);
});

test('on thousands of small random problems the answer is that of trying every placement', t => {
	const outcomes = new Map<string, number>();
	fc.assert(
		fc.property(randomProblem, problem => {
			const answer = solvePlacement(problem);
			const truth = everyPlacement(problem);
			const outcome = answer.feasible ? answer.solver : answer.constraint;
			outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
			const met = truth.filter(({completionSeconds, costUsd}) => within(problem, {completionSeconds, costUsd}));
			if (!answer.feasible) {
				return met.length === 0 && bestValuesHold(problem, truth, answer);
			}
			const least = Math.min(...met.map(({objectiveByteKm}) => objectiveByteKm));
			const same = truth.find(({mapping}) => mapping.join() === answer.mapping.join());
			return (
				close(answer.objectiveByteKm, least) &&
				same !== undefined &&
				close(same.completionSeconds, answer.completionSeconds) &&
				close(same.costUsd, answer.costUsd) &&
				within(problem, answer)
			);
		}),
		{seed: 20180613, numRuns: 6000},
	);
	// The draw must reach every branch, or agreement says little.
	for (const outcome of ['shortest-path', 'pareto-labels', 'deadline', 'budget', 'deadline and budget', 'path']) {
		t.true((outcomes.get(outcome) ?? 0) > 50, `${outcome}: ${outcomes.get(outcome) ?? 0} of 6000`);
	}
});

test('a prepared solver answers as a fresh one does, whatever it was asked before', t => {
	fc.assert(
		fc.property(
			randomProblem,
			fc.array(fc.tuple(fc.double({min: 0.3, max: 3, noNaN: true}), fc.integer({min: 0, max: 3})), {
				minLength: 2,
				maxLength: 5,
			}),
			(problem, changes) => {
				const prepared = preparePlacement(problem);
				for (const [factor, stageCount] of changes) {
					const request = {
						...problem,
						stages: problem.stages.slice(0, stageCount),
						chunkBytes: problem.chunkBytes.slice(0, Math.min(problem.stages.length, stageCount) + 1),
						deadlineSeconds: problem.deadlineSeconds * factor,
					};
					t.deepEqual(prepared.solve(request), solvePlacement(request));
				}
			},
		),
		{seed: 7, numRuns: 300},
	);
});

type Placed = PlacementMeasures & {readonly mapping: readonly string[]};

/** The model of the paper written the plain way: every mapping, and its three sums. */
function everyPlacement(problem: PlacementProblem): Placed[] {
	const {resources, stages, chunkBytes} = problem;
	const compute = resources.flatMap((resource, index) => ('tasksPerSecond' in resource ? [{...resource, index}] : []));
	const mappings = stages.reduce<Array<typeof compute>>(
		(heads, _) => heads.flatMap(head => compute.map(next => [...head, next])),
		[[]],
	);
	return mappings.flatMap(mapping => {
		const way = [0, ...mapping.map(({index}) => index), resources.length - 1];
		const sums = {objectiveByteKm: 0, completionSeconds: 0, costUsd: 0};
		for (const [hop, from] of way.slice(0, -1).entries()) {
			const to = way[hop + 1] ?? 0;
			if (from !== to) {
				const bytes = chunkBytes[hop] ?? 0;
				const rate = problem.bitsPerSecond[from]?.[to] ?? 0;
				if (rate === 0) {
					return [];
				}
				sums.objectiveByteKm += bytes * (problem.distanceKm[from]?.[to] ?? 0);
				sums.completionSeconds += (bytes * 8) / rate;
				sums.costUsd += bytes * (problem.usdPerByte[from]?.[to] ?? 0);
			}
		}
		for (const [stage, {tasksPerSecond, computeUsdPerSecond}] of mapping.entries()) {
			const seconds = (stages[stage]?.taskCount ?? 0) / tasksPerSecond;
			sums.completionSeconds += seconds;
			sums.costUsd += seconds * computeUsdPerSecond;
		}
		return [{...sums, mapping: mapping.map(({name}) => name)}];
	});
}

function bestValuesHold(
	problem: PlacementProblem,
	truth: readonly Placed[],
	answer: Extract<ReturnType<typeof solvePlacement>, {feasible: false}>,
): boolean {
	const fast = (some: readonly Placed[]) => Math.min(...some.map(({completionSeconds}) => completionSeconds));
	const cheap = (some: readonly Placed[]) => Math.min(...some.map(({costUsd}) => costUsd));
	const inBudget = truth.filter(({costUsd}) => within(problem, {completionSeconds: 0, costUsd}));
	const inTime = truth.filter(({completionSeconds}) => within(problem, {completionSeconds, costUsd: 0}));
	switch (answer.constraint) {
		case 'path':
			return truth.length === 0;
		case 'deadline':
			return inTime.length === 0 && inBudget.length > 0 && close(answer.bestCompletionSeconds, fast(truth));
		case 'budget':
			return inBudget.length === 0 && inTime.length > 0 && close(answer.bestCostUsd, cheap(truth));
		case 'deadline and budget':
			return inTime.length === 0 || inBudget.length === 0
				? close(answer.bestCompletionSeconds, fast(truth)) && close(answer.bestCostUsd, cheap(truth))
				: close(answer.bestCompletionSeconds, fast(inBudget)) && close(answer.bestCostUsd, cheap(inTime));
		default:
			throw new TypeError(`unknown constraint ${answer.constraint satisfies never}`);
	}
}

/** Up to four compute resources and four stages, whole numbers that often tie, missing links, limits from loose to hopeless. */
const randomProblem: fc.Arbitrary<PlacementProblem> = fc
	.record({computeCount: fc.integer({min: 1, max: 4}), stageCount: fc.integer({min: 1, max: 4})})
	.chain(({computeCount, stageCount}) => {
		const count = computeCount + 2;
		const matrix = (values: fc.Arbitrary<number>) =>
			fc.array(fc.array(values, {minLength: count, maxLength: count}), {minLength: count, maxLength: count});
		const rate = fc.oneof(
			{weight: 1, arbitrary: fc.constant(0)},
			{weight: 9, arbitrary: fc.integer({min: 20, max: 300})},
		);
		return fc.record({
			speeds: fc.array(fc.integer({min: 1, max: 6}), {minLength: computeCount, maxLength: computeCount}),
			prices: fc.array(fc.integer({min: 0, max: 5}), {minLength: computeCount, maxLength: computeCount}),
			stages: fc.array(fc.record({taskCount: fc.integer({min: 0, max: 9})}), {
				minLength: stageCount,
				maxLength: stageCount,
			}),
			chunkBytes: fc.array(fc.integer({min: 0, max: 10}), {minLength: stageCount + 1, maxLength: stageCount + 1}),
			rates: matrix(rate),
			usd: matrix(fc.integer({min: 0, max: 9})),
			km: matrix(fc.integer({min: 0, max: 2000})),
			deadlineSeconds: fc.double({min: 0.5, max: 25, noNaN: true}),
			budgetUnits: fc.double({min: 0, max: 250, noNaN: true}),
		});
	})
	.map(({speeds, prices, stages, chunkBytes, rates, usd, km, deadlineSeconds, budgetUnits}) =>
		placementProblemSchema.parse({
			resources: [
				{name: 'producer', tier: 'producer', computeUsdPerSecond: 0},
				...speeds.map((tasksPerSecond, index) => ({
					name: `r${index}`,
					tier: 'core',
					tasksPerSecond,
					computeUsdPerSecond: (prices[index] ?? 0) * 1e-5,
				})),
				{name: 'consumer', tier: 'consumer', computeUsdPerSecond: 0},
			],
			stages,
			chunkBytes: chunkBytes.map(megabytes => megabytes * 1e6),
			bitsPerSecond: rates.map(row => row.map(megabits => megabits * 1e6)),
			usdPerByte: usd.map(row => row.map(units => units * 1e-12)),
			distanceKm: km,
			deadlineSeconds,
			budgetUsd: budgetUnits * 1e-6,
		}),
	);

function within(
	{deadlineSeconds, budgetUsd}: PlacementProblem,
	{completionSeconds, costUsd}: {readonly completionSeconds: number; readonly costUsd: number},
): boolean {
	return completionSeconds <= deadlineSeconds * (1 + limitTolerance) && costUsd <= budgetUsd * (1 + limitTolerance);
}

function close(actual: number | undefined, expected: number): boolean {
	return actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.max(1e-12, Math.abs(expected));
}

function near(t: {true(value: boolean, message: string): unknown}, actual: number, expected: number): void {
	t.true(close(actual, expected), `${actual}, expected ${expected}, tolerance one part in 1e9`);
}
