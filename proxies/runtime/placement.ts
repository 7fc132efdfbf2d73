import type {Bytes, Km, Seconds, Usd} from '#core/units.ts';
import {
	type FeasiblePlacement,
	limitTolerance,
	type PlacementAnswer,
	type PlacementMeasures,
} from './placement-answer.ts';
import {type Bounds, bestNext, emptyBounds, fillBounds} from './placement-bounds.ts';
import {type MetricName, type PlacementGraph, placementGraph} from './placement-graph.ts';
import {infeasibleByLimits, noWay} from './placement-infeasible.ts';
import type {PlacementInfrastructure, PlacementProblem, PlacementRequest} from './placement-problem.ts';
import {type BoundsByMetric, type LabelSearch, labelSearch} from './placement-search.ts';

export type PreparedPlacement = {solve(request: PlacementRequest): PlacementAnswer};

/** The exact least of Σ bytes · distance within deadline and budget (zamani2018, Section III). Problems come through the schema. */
export function solvePlacement(problem: PlacementProblem): PlacementAnswer {
	return preparePlacement(problem).solve(problem);
}

/** Lays infrastructure out once for any number of requests. */
export function preparePlacement(infrastructure: PlacementInfrastructure): PreparedPlacement {
	const graph = placementGraph(infrastructure);
	const search = labelSearch(graph);
	const boundsByStageCount = new Map<number, BoundsByMetric>();
	return {
		solve(request) {
			const stageCount = request.stages.length;
			const bounds = boundsByStageCount.get(stageCount) ?? {
				byteKm: emptyBounds(graph, stageCount),
				seconds: emptyBounds(graph, stageCount),
				usd: emptyBounds(graph, stageCount),
			};
			boundsByStageCount.set(stageCount, bounds);
			return solve({graph, search, bounds, request});
		},
	};
}

type Task = {
	readonly graph: PlacementGraph;
	readonly search: LabelSearch;
	readonly bounds: BoundsByMetric;
	readonly request: PlacementRequest;
};

function solve(task: Task): PlacementAnswer {
	const {graph, search, bounds, request} = task;
	const limitSeconds = request.deadlineSeconds * (1 + limitTolerance);
	const limitUsd = request.budgetUsd * (1 + limitTolerance);
	fillBounds(bounds.byteKm, graph, request, 'byteKm');
	if (bounds.byteKm.total === Number.POSITIVE_INFINITY) {
		return noWay;
	}
	const shortest = bestWay(task, bounds.byteKm, 'byteKm');
	const measures = measure(graph, request, shortest);
	if (measures.completionSeconds <= limitSeconds && measures.costUsd <= limitUsd) {
		return feasible(graph, shortest, measures, 'shortest-path');
	}
	fillBounds(bounds.seconds, graph, request, 'seconds');
	fillBounds(bounds.usd, graph, request, 'usd');
	if (bounds.seconds.total <= limitSeconds && bounds.usd.total <= limitUsd) {
		const found = search(request, bounds, {
			minimise: 'byteKm',
			within: [
				{metric: 'seconds', limit: limitSeconds},
				{metric: 'usd', limit: limitUsd},
			],
		});
		if (found) {
			return feasible(graph, found, measure(graph, request, found), 'pareto-labels');
		}
	}
	return infeasibleByLimits({
		request,
		fastestSeconds: bounds.seconds.total,
		cheapestUsd: bounds.usd.total,
		fastestInBudgetSeconds: () => fastestWithin(task, limitUsd),
		cheapestInTimeUsd: () => cheapestWithin(task, limitSeconds),
	});
}

function feasible(
	graph: PlacementGraph,
	resources: readonly number[],
	{objectiveByteKm, completionSeconds, costUsd}: PlacementMeasures,
	solver: FeasiblePlacement['solver'],
): FeasiblePlacement {
	const mapping = resources.map(resource => graph.names[resource] as string);
	return {feasible: true, mapping, objectiveByteKm, completionSeconds, costUsd, solver};
}

function fastestWithin({graph, search, bounds, request}: Task, limitUsd: Usd): Seconds {
	const found = search(request, bounds, {
		minimise: 'seconds',
		within: [
			{metric: 'usd', limit: limitUsd},
			{metric: 'byteKm', limit: Number.POSITIVE_INFINITY},
		],
	});
	return found ? measure(graph, request, found).completionSeconds : bounds.seconds.total;
}

function cheapestWithin({graph, search, bounds, request}: Task, limitSeconds: Seconds): Usd {
	const found = search(request, bounds, {
		minimise: 'usd',
		within: [
			{metric: 'seconds', limit: limitSeconds},
			{metric: 'byteKm', limit: Number.POSITIVE_INFINITY},
		],
	});
	return found ? measure(graph, request, found).costUsd : bounds.usd.total;
}

/** The resources on a best way in one metric alone. */
function bestWay({graph, request}: Task, bounds: Bounds, name: MetricName): readonly number[] {
	const resources: number[] = [];
	let from = graph.computeCount;
	for (let stage = -1; stage < request.stages.length - 1; stage++) {
		from = bestNext(bounds, graph, name, {from, stage, bytes: request.chunkBytes[stage + 1] as Bytes});
		resources.push(from);
	}
	return resources;
}

/** What a placement comes to, summed from the producer on. */
function measure(graph: PlacementGraph, request: PlacementRequest, resources: readonly number[]): PlacementMeasures {
	let [objectiveByteKm, completionSeconds, costUsd] = [0, 0, 0];
	let from = graph.computeCount;
	for (const [stage, resource] of resources.entries()) {
		const bytes = request.chunkBytes[stage] as Bytes;
		const edge = edgeBetween(graph, from, resource);
		const workSeconds = (request.stages[stage]?.taskCount as number) / (graph.tasksPerSecond[resource] as number);
		objectiveByteKm += bytes * (graph.aligned.byteKm.byteKm[edge] as Km);
		completionSeconds += bytes * (graph.aligned.byteKm.seconds[edge] as Seconds) + workSeconds;
		costUsd += bytes * (graph.aligned.byteKm.usd[edge] as Usd) + workSeconds * (graph.usdPerSecond[resource] as Usd);
		from = resource;
	}
	const bytes = request.chunkBytes.at(-1) as Bytes;
	return {
		objectiveByteKm: objectiveByteKm + bytes * (graph.metrics.byteKm.toConsumer[from] as Km),
		completionSeconds: completionSeconds + bytes * (graph.metrics.seconds.toConsumer[from] as Seconds),
		costUsd: costUsd + bytes * (graph.metrics.usd.toConsumer[from] as Usd),
	};
}

function edgeBetween(graph: PlacementGraph, from: number, resource: number): number {
	const {starts, to} = graph.metrics.byteKm;
	let edge = starts[from] as number;
	while (to[edge] !== resource) {
		edge++;
	}
	return edge;
}
