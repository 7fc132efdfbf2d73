import type {Metric, MetricName, PlacementGraph} from './placement-graph.ts';
import type {PlacementRequest} from './placement-problem.ts';

/**
 * The least that is still to come in one metric, for every stage and compute resource, as if the other metrics were free.
 * Stage s at resource i is at `s * computeCount + i`.
 */
export type Bounds = {
	/** The stage's own work at the resource. */
	readonly work: Float64Array;
	/** From the end of the stage to the consumer. */
	readonly rest: Float64Array;
	/** Both. */
	readonly ahead: Float64Array;
	/** The smallest `ahead` of each stage. */
	readonly aheadMin: Float64Array;
	/** From the producer: the best value of any placement. Infinity: there is none. */
	total: number;
};

export function emptyBounds(graph: PlacementGraph, stageCount: number): Bounds {
	const size = graph.computeCount * stageCount;
	return {
		work: new Float64Array(size),
		rest: new Float64Array(size),
		ahead: new Float64Array(size),
		aheadMin: new Float64Array(stageCount),
		total: Number.POSITIVE_INFINITY,
	};
}

/** Fills the bounds for a request, from the consumer back to the producer. */
export function fillBounds(bounds: Bounds, graph: PlacementGraph, request: PlacementRequest, name: MetricName): void {
	const {stages, chunkBytes} = request;
	const {computeCount} = graph;
	const metric = graph.metrics[name];
	fillWork(bounds.work, graph, request, name);
	for (let stage = stages.length - 1; stage >= 0; stage--) {
		const bytes = chunkBytes[stage + 1] as number;
		let least = Number.POSITIVE_INFINITY;
		for (let from = 0; from < computeCount; from++) {
			const at = stage * computeCount + from;
			const rest = restFrom(bounds, metric, from, stage, stages.length, computeCount, bytes);
			const ahead = rest + (bounds.work[at] as number);
			bounds.rest[at] = rest;
			bounds.ahead[at] = ahead;
			least = Math.min(least, ahead);
		}
		bounds.aheadMin[stage] = least;
	}
	bounds.total = restFrom(bounds, metric, computeCount, -1, stages.length, computeCount, chunkBytes[0] as number);
}

/** The compute resource that a best way takes for the stage after this one, or -1 for none. */
export function bestNext(
	bounds: Bounds,
	graph: PlacementGraph,
	name: MetricName,
	{from, stage, bytes}: {readonly from: number; readonly stage: number; readonly bytes: number},
): number {
	const {starts, to, weight} = graph.metrics[name];
	const offset = (stage + 1) * graph.computeCount;
	let best = Number.POSITIVE_INFINITY;
	let next = -1;
	for (let edge = starts[from] as number; edge < (starts[from + 1] as number); edge++) {
		const value = bytes * (weight[edge] as number) + (bounds.ahead[offset + (to[edge] as number)] as number);
		if (value < best) {
			best = value;
			next = to[edge] as number;
		}
	}
	return next;
}

/** Positional for the solver's inner loop: the least from the end of `stage` at `from` to the consumer. */
function restFrom(
	bounds: Bounds,
	metric: Metric,
	from: number,
	stage: number,
	stageCount: number,
	computeCount: number,
	bytes: number,
): number {
	if (stage === stageCount - 1) {
		const weight = metric.toConsumer[from] as number;
		return weight === Number.POSITIVE_INFINITY ? weight : bytes * weight;
	}
	const {starts, to, weight} = metric;
	const {ahead} = bounds;
	const offset = (stage + 1) * computeCount;
	const least = bounds.aheadMin[stage + 1] as number;
	const last = starts[from + 1] as number;
	let best = Number.POSITIVE_INFINITY;
	for (let edge = starts[from] as number; edge < last; edge++) {
		const way = bytes * (weight[edge] as number);
		if (way + least >= best) {
			break; // Rows are sorted by weight: nothing later in this one is better.
		}
		const value = way + (ahead[offset + (to[edge] as number)] as number);
		if (value < best) {
			best = value;
		}
	}
	return best;
}

function fillWork(work: Float64Array, graph: PlacementGraph, {stages}: PlacementRequest, name: MetricName): void {
	const {computeCount, tasksPerSecond, usdPerSecond} = graph;
	if (name === 'byteKm') {
		return; // Work moves no bytes: stays zero.
	}
	for (let stage = 0; stage < stages.length; stage++) {
		const taskCount = (stages[stage] as {taskCount: number}).taskCount;
		for (let at = 0; at < computeCount; at++) {
			const seconds = taskCount / (tasksPerSecond[at] as number);
			work[stage * computeCount + at] = name === 'seconds' ? seconds : seconds * (usdPerSecond[at] as number);
		}
	}
}
