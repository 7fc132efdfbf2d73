import assert from 'node:assert/strict';
import highsPackage, {type Highs} from 'highs';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {type PlacementAim, type PlacementModel, placementModel} from './highs-model.ts';
import {limitTolerance, type PlacementAnswer, type PlacementMeasures} from './placement-answer.ts';
import {infeasibleByLimits, noWay} from './placement-infeasible.ts';
import type {PlacementProblem} from './placement-problem.ts';

/** The package's types describe its CommonJS form; what node imports is the loader itself. */
const load = highsPackage as unknown as (typeof highsPackage)['default'];

/** Longer than this no single program is worked on. */
const timeLimitSeconds: Seconds = 300;

/** The tightest that HiGHS takes, so that it stops at the optimum and not near it. */
const options = {
	output_flag: false,
	mip_rel_gap: 0,
	mip_abs_gap: 0,
	mip_feasibility_tolerance: 1e-10,
	primal_feasibility_tolerance: 1e-10,
	dual_feasibility_tolerance: 1e-10,
	small_matrix_value: 1e-12,
	time_limit: timeLimitSeconds,
} as const;

/** A second opinion on placement: the same question, asked of a general solver of mixed-integer programs. */
export type ReferenceSolver = {
	/** Throws TIMED_OUT when one program takes longer than five minutes. */
	solve(problem: PlacementProblem): PlacementAnswer;
};

/** Loads HiGHS; its code is compiled once. */
export async function loadReferenceSolver(): Promise<ReferenceSolver> {
	const highs = await load();
	return {solve: problem => solve(highs, problem)};
}

function solve(highs: Highs, problem: PlacementProblem): PlacementAnswer {
	const {deadlineSeconds, budgetUsd} = problem;
	const inTime = {metric: 'seconds', limit: deadlineSeconds} as const;
	const inBudget = {metric: 'usd', limit: budgetUsd} as const;
	const least = (aim: PlacementAim) => optimum(highs, problem, aim);
	const best = least({minimise: 'byteKm', within: [inTime, inBudget]});
	if (best) {
		return {feasible: true, ...best, solver: 'highs'};
	}
	const fastest = least({minimise: 'seconds', within: []});
	const cheapest = least({minimise: 'usd', within: []});
	if (!fastest || !cheapest) {
		return noWay;
	}
	return infeasibleByLimits({
		request: problem,
		fastestSeconds: fastest.completionSeconds,
		cheapestUsd: cheapest.costUsd,
		fastestInBudgetSeconds: () => found(least({minimise: 'seconds', within: [inBudget]})).completionSeconds,
		cheapestInTimeUsd: () => found(least({minimise: 'usd', within: [inTime]})).costUsd,
	});
}

type Optimum = PlacementMeasures & {readonly mapping: readonly string[]};

function found(optimal: Optimum | undefined): Optimum {
	assert(optimal, 'a limit that can be met alone leaves a placement');
	return optimal;
}

/** The best placement within the limits; none when there is none. */
function optimum(highs: Highs, problem: PlacementProblem, aim: PlacementAim): Optimum | undefined {
	const model = placementModel(problem, aim);
	const columns = model.data.numCols === 0 ? undefined : columnsOf(highs, model);
	if (!columns) {
		return undefined;
	}
	const resources = problem.stages.map((_, stage) => {
		const chosen = model.mapped.find(one => one.stageIndex === stage && (columns[one.columnIndex] ?? 0) > 0.5);
		assert(chosen, `stage ${stage} stands nowhere in the solution`);
		return chosen.resourceIndex;
	});
	const sums = sumsOf(problem, resources);
	for (const {metric, limit} of aim.within) {
		const sum = metric === 'seconds' ? sums.completionSeconds : sums.costUsd;
		// The limits were met up to the solver's tolerance, not only up to ours.
		assert(sum <= limit * (1 + 2 * limitTolerance), `HiGHS gave ${sum} in ${metric}, the limit is ${limit}`);
	}
	return {...sums, mapping: resources.map(resource => problem.resources[resource]?.name ?? '')};
}

/** The values of the columns in an optimal solution; none when the program has no solution. */
function columnsOf(highs: Highs, {data}: PlacementModel): Float64Array | undefined {
	const {modelStatus} = highs.constants;
	return highs.withModel(data, model => {
		model.options.set(options);
		const {modelStatus: ended} = model.run();
		switch (ended) {
			case modelStatus.optimal:
				return model.getSolution().colValue;
			case modelStatus.infeasible:
			// Nothing here can be unbounded: every column lies within 0–1.
			case modelStatus.unboundedOrInfeasible:
				return undefined;
			case modelStatus.timeLimit:
				throw new StreambedError('TIMED_OUT', `HiGHS found no placement in ${timeLimitSeconds} s`, {
					hint: 'leave out --solver highs: the fast solver gives the same optimum',
				});
			default:
				throw new Error(`HiGHS ended a placement with status ${ended}`);
		}
	});
}

/** The three sums of a mapping, term by term as the equations have them. */
function sumsOf(problem: PlacementProblem, resources: readonly number[]): PlacementMeasures {
	const way = [0, ...resources, problem.resources.length - 1];
	const sums = {objectiveByteKm: 0, completionSeconds: 0, costUsd: 0};
	for (const [hop, bytes] of problem.chunkBytes.entries()) {
		const [from = 0, to = 0] = way.slice(hop, hop + 2);
		if (from !== to) {
			sums.objectiveByteKm += bytes * (problem.distanceKm[from]?.[to] ?? 0);
			sums.completionSeconds += (bytes * 8) / (problem.bitsPerSecond[from]?.[to] ?? 0);
			sums.costUsd += bytes * (problem.usdPerByte[from]?.[to] ?? 0);
		}
	}
	for (const [stage, {taskCount}] of problem.stages.entries()) {
		const site = problem.resources[resources[stage] ?? -1];
		assert(site && 'tasksPerSecond' in site);
		sums.completionSeconds += taskCount / site.tasksPerSecond;
		sums.costUsd += (taskCount / site.tasksPerSecond) * site.computeUsdPerSecond;
	}
	return sums;
}
