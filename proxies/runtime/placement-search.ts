import {StreambedError} from '#core/errors.ts';
import type {Bounds} from './placement-bounds.ts';
import type {MetricName, PlacementGraph} from './placement-graph.ts';
import type {PlacementRequest} from './placement-problem.ts';

/** More labels than this are not kept: the search ends with an error rather than with all of the memory. */
const labelLimit = 2 ** 21;

export type BoundsByMetric = Readonly<Record<MetricName, Bounds>>;

/** One metric to minimise, two to keep within a limit (Infinity: no limit). */
export type Aim = {
	readonly minimise: MetricName;
	readonly within: readonly [LimitedMetric, LimitedMetric];
};

export type LimitedMetric = {readonly metric: MetricName; readonly limit: number};

export type LabelSearch = (
	request: PlacementRequest,
	bounds: BoundsByMetric,
	aim: Aim,
) => readonly number[] | undefined;

/**
 * Exact search over Pareto labels. A label is a way to have done the first stages, ending at one resource, with what it has
 * used of the three metrics. Labels are taken in the order of used + least possible rest, so that the first one whose sum
 * reaches the best complete placement proves that placement the best. A label is dropped when the least possible rest
 * already breaks a limit, or when an earlier one of the same stage and resource is as good in both limited metrics (it was
 * as good in the minimised one, having come earlier). Ties: the one with more stages
 * done first, then the older label: the same problem always gets the same answer.
 *
 * The returned function finds the stages' resources, or `undefined` where the limits cannot be met. It reuses its memory
 * from call to call.
 */
export function labelSearch(graph: PlacementGraph): LabelSearch {
	const labels = new Labels();
	return (request, bounds, aim) => {
		labels.clear(graph.computeCount * request.stages.length);
		return search(graph, labels, request, bounds, aim);
	};
}

function search(
	graph: PlacementGraph,
	labels: Labels,
	request: PlacementRequest,
	bounds: BoundsByMetric,
	aim: Aim,
): readonly number[] | undefined {
	const [{metric: nameA, limit: limitA}, {metric: nameB, limit: limitB}] = aim.within;
	const {computeCount} = graph;
	const {chunkBytes} = request;
	const {starts, to, weight} = graph.metrics[aim.minimise];
	const weightA = graph.aligned[aim.minimise][nameA];
	const weightB = graph.aligned[aim.minimise][nameB];
	const [main, boundsA, boundsB] = [bounds[aim.minimise], bounds[nameA], bounds[nameB]];
	const {ahead, rest, aheadMin} = main;
	const [aheadA, restA] = [boundsA.ahead, boundsA.rest];
	const [aheadB, restB] = [boundsB.ahead, boundsB.rest];
	const lastStage = request.stages.length - 1;
	let bestValue = Number.POSITIVE_INFINITY;
	let bestLabel = -1;
	let label = labels.add(-1, -1, computeCount, main.total, 0, 0, 0);
	while (label !== -1 && (labels.value[label] as number) < bestValue) {
		const stage = labels.stage[label] as number;
		const from = labels.resource[label] as number;
		const bytes = chunkBytes[stage + 1] as number;
		const [used, usedA, usedB] = [
			labels.used[label] as number,
			labels.usedA[label] as number,
			labels.usedB[label] as number,
		];
		const offset = (stage + 1) * computeCount;
		const least = used + (aheadMin[stage + 1] as number);
		const end = starts[from + 1] as number;
		for (let edge = starts[from] as number; edge < end; edge++) {
			const way = bytes * (weight[edge] as number);
			if (least + way >= bestValue) {
				break;
			}
			const at = offset + (to[edge] as number);
			const value = used + way + (ahead[at] as number);
			if (value >= bestValue) {
				continue;
			}
			const totalA = usedA + bytes * (weightA[edge] as number) + (aheadA[at] as number);
			if (totalA > limitA) {
				continue;
			}
			const totalB = usedB + bytes * (weightB[edge] as number) + (aheadB[at] as number);
			if (totalB > limitB) {
				continue;
			}
			const child = labels.add(
				label,
				stage + 1,
				to[edge] as number,
				value,
				value - (rest[at] as number),
				totalA - (restA[at] as number),
				totalB - (restB[at] as number),
			);
			if (stage + 1 === lastStage) {
				// Only the way to the consumer is left, so its bounds are exact: a complete placement.
				bestValue = value;
				bestLabel = child;
			} else {
				labels.push(child);
			}
		}
		label = labels.popUndominated(computeCount);
	}
	return bestLabel === -1 ? undefined : labels.resourcesOf(bestLabel);
}

/** Labels column by column, with a binary heap over those that wait. */
class Labels {
	count = 0;
	parent = new Int32Array(1024);
	stage = new Int32Array(1024);
	resource = new Int32Array(1024);
	/** Used and least possible rest together, of the minimised metric. */
	value = new Float64Array(1024);
	used = new Float64Array(1024);
	usedA = new Float64Array(1024);
	usedB = new Float64Array(1024);
	/** The label taken before this one at the same stage and resource. */
	#takenBefore = new Int32Array(1024);
	#lastTaken = new Int32Array(0);
	#heap = new Int32Array(1024);
	#waiting = 0;

	clear(states: number): void {
		this.count = 0;
		this.#waiting = 0;
		if (this.#lastTaken.length < states) {
			this.#lastTaken = new Int32Array(states);
		}
		this.#lastTaken.fill(-1, 0, states);
	}

	/** Positional for the solver's inner loop. */
	add(
		parent: number,
		stage: number,
		resource: number,
		value: number,
		used: number,
		usedA: number,
		usedB: number,
	): number {
		if (this.count === this.parent.length) {
			this.#grow();
		}
		const label = this.count++;
		this.parent[label] = parent;
		this.stage[label] = stage;
		this.resource[label] = resource;
		this.value[label] = value;
		this.used[label] = used;
		this.usedA[label] = usedA;
		this.usedB[label] = usedB;
		return label;
	}

	push(label: number): void {
		let hole = this.#waiting++;
		while (hole > 0) {
			const above = (hole - 1) >> 1;
			const other = this.#heap[above] as number;
			if (!this.#before(label, other)) {
				break;
			}
			this.#heap[hole] = other;
			hole = above;
		}
		this.#heap[hole] = label;
	}

	/** The next label in order that no taken one dominates; -1 when none waits. */
	popUndominated(computeCount: number): number {
		while (this.#waiting > 0) {
			const label = this.#pop();
			const state = (this.stage[label] as number) * computeCount + (this.resource[label] as number);
			if (!this.#dominated(label, state)) {
				this.#takenBefore[label] = this.#lastTaken[state] as number;
				this.#lastTaken[state] = label;
				return label;
			}
		}
		return -1;
	}

	resourcesOf(label: number): readonly number[] {
		const resources: number[] = [];
		for (let at = label; this.parent[at] !== -1; at = this.parent[at] as number) {
			resources.unshift(this.resource[at] as number);
		}
		return resources;
	}

	#dominated(label: number, state: number): boolean {
		const [a, b] = [this.usedA[label] as number, this.usedB[label] as number];
		for (let taken = this.#lastTaken[state] as number; taken !== -1; taken = this.#takenBefore[taken] as number) {
			if ((this.usedA[taken] as number) <= a && (this.usedB[taken] as number) <= b) {
				return true;
			}
		}
		return false;
	}

	#before(label: number, other: number): boolean {
		const difference = (this.value[label] as number) - (this.value[other] as number);
		return difference < 0 || (difference === 0 && this.#furtherOn(label, other));
	}

	#furtherOn(label: number, other: number): boolean {
		const difference = (this.stage[label] as number) - (this.stage[other] as number);
		return difference > 0 || (difference === 0 && label < other);
	}

	#pop(): number {
		const top = this.#heap[0] as number;
		const moved = this.#heap[--this.#waiting] as number;
		let hole = 0;
		for (let below = 1; below < this.#waiting; below = 2 * hole + 1) {
			const right = below + 1;
			if (right < this.#waiting && this.#before(this.#heap[right] as number, this.#heap[below] as number)) {
				below = right;
			}
			if (!this.#before(this.#heap[below] as number, moved)) {
				break;
			}
			this.#heap[hole] = this.#heap[below] as number;
			hole = below;
		}
		this.#heap[hole] = moved;
		return top;
	}

	#grow(): void {
		const length = this.parent.length * 2;
		if (length > labelLimit) {
			throw new StreambedError('LIMIT_REACHED', `a placement took more than ${labelLimit} labels to search`, {
				hint: 'fewer resources or stages, or a looser deadline or budget, make the problem smaller',
			});
		}
		this.parent = grown(this.parent, new Int32Array(length));
		this.stage = grown(this.stage, new Int32Array(length));
		this.resource = grown(this.resource, new Int32Array(length));
		this.value = grown(this.value, new Float64Array(length));
		this.used = grown(this.used, new Float64Array(length));
		this.usedA = grown(this.usedA, new Float64Array(length));
		this.usedB = grown(this.usedB, new Float64Array(length));
		this.#takenBefore = grown(this.#takenBefore, new Int32Array(length));
		this.#heap = grown(this.#heap, new Int32Array(length));
	}
}

function grown<Column extends Int32Array | Float64Array>(column: Column, larger: Column): Column {
	larger.set(column);
	return larger;
}
