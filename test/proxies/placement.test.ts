import test from 'ava';
import fc from 'fast-check';
import {preparePlacement, solvePlacement} from '#proxies/runtime/placement.ts';
import {limitTolerance} from '#proxies/runtime/placement-answer.ts';
import {type PlacementProblem, placementProblemSchema} from '#proxies/runtime/placement-problem.ts';
import {everyPlacement, exampleProblem, type Placed, randomProblem} from '../fixtures/placement-problems.ts';

const parsed = (changes: object = {}): PlacementProblem =>
	placementProblemSchema.parse({...exampleProblem, ...changes});

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
	const none = exampleProblem.bitsPerSecond.map(row => row.map((rate, to) => (to === 3 ? 0 : rate)));
	t.like(solvePlacement(parsed({bitsPerSecond: none})), {feasible: false, constraint: 'path'});
});

test('without stages the chunk goes straight to the consumer', t => {
	const answer = solvePlacement(parsed({stages: [], chunkBytes: [1000]}));
	t.like(answer, {feasible: true, mapping: [], objectiveByteKm: 2_000_000});
	t.like(solvePlacement(parsed({stages: [], chunkBytes: [1e9]})), {feasible: false, constraint: 'deadline'});
});

test('a problem that is wrong in many places is told all of them at once', t => {
	const {error} = placementProblemSchema.safeParse({
		...exampleProblem,
		resources: [
			{...exampleProblem.resources[1], name: 'user'},
			{...exampleProblem.resources[1], tasksPerSecond: -1},
			...exampleProblem.resources.slice(2),
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
