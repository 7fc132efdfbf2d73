import type {PlacementInfrastructure} from './placement-problem.ts';

/** What a placement is measured by, in the order of the arrays that hold them. */
export type MetricName = 'byteKm' | 'seconds' | 'usd';

/** The ways between compute resources, each row sorted by its weight for one byte, so that a search may stop early. */
export type Metric = {
	/** `to[e]` is a compute resource for `starts[i] <= e < starts[i + 1]`; row `computeCount` is the producer's. */
	readonly starts: Int32Array;
	readonly to: Int32Array;
	/** For one byte. */
	readonly weight: Float64Array;
	/** For one byte from each compute resource, then from the producer, to the consumer; Infinity: no link. */
	readonly toConsumer: Float64Array;
};

/**
 * Infrastructure laid out for the solver. Compute resources are numbered from 0 in the order given; the number after the last
 * is the producer. Ways that do not exist are not in the rows; staying where one is costs nothing and is.
 */
export type PlacementGraph = {
	readonly computeCount: number;
	readonly names: readonly string[];
	readonly tasksPerSecond: Float64Array;
	readonly usdPerSecond: Float64Array;
	readonly metrics: Readonly<Record<MetricName, Metric>>;
	/** For each metric's rows, the same ways' weights in the other metrics. */
	readonly aligned: Readonly<Record<MetricName, Readonly<Record<MetricName, Float64Array>>>>;
};

export function placementGraph(infrastructure: PlacementInfrastructure): PlacementGraph {
	const {resources} = infrastructure;
	const compute = resources.flatMap((resource, index) => ('tasksPerSecond' in resource ? [{resource, index}] : []));
	const rows = [...compute.map(({index}) => index), 0];
	const ways = waysOf(
		infrastructure,
		rows,
		compute.map(({index}) => index),
	);
	const ends = waysOf(infrastructure, rows, [resources.length - 1]);
	const orders = {byteKm: orderBy(ways, 'byteKm'), seconds: orderBy(ways, 'seconds'), usd: orderBy(ways, 'usd')};
	const metric = (name: MetricName): Metric => ({
		starts: ways.starts,
		to: orders[name].map(way => ways.to[way] as number),
		weight: arranged(ways[name], orders[name]),
		toConsumer: Float64Array.from(rows, (_, row) => {
			const way = ends.starts[row] as number;
			return way < (ends.starts[row + 1] as number) ? (ends[name][way] as number) : Number.POSITIVE_INFINITY;
		}),
	});
	const alignedTo = (order: MetricName) => ({
		byteKm: arranged(ways.byteKm, orders[order]),
		seconds: arranged(ways.seconds, orders[order]),
		usd: arranged(ways.usd, orders[order]),
	});
	return {
		computeCount: compute.length,
		names: compute.map(({resource}) => resource.name),
		tasksPerSecond: Float64Array.from(compute, ({resource}) => resource.tasksPerSecond),
		usdPerSecond: Float64Array.from(compute, ({resource}) => resource.computeUsdPerSecond),
		metrics: {byteKm: metric('byteKm'), seconds: metric('seconds'), usd: metric('usd')},
		aligned: {byteKm: alignedTo('byteKm'), seconds: alignedTo('seconds'), usd: alignedTo('usd')},
	};
}

/** The ways from each of some resources, row by row; `to` counts from the first of the targets. Weights are for one byte. */
type Ways = Readonly<Record<MetricName, Float64Array>> & {readonly starts: Int32Array; readonly to: Int32Array};

function waysOf(
	{bitsPerSecond, distanceKm, usdPerByte}: PlacementInfrastructure,
	rows: readonly number[],
	targets: readonly number[],
): Ways {
	const lengthMax = rows.length * targets.length;
	const ways = {
		starts: new Int32Array(rows.length + 1),
		to: new Int32Array(lengthMax),
		byteKm: new Float64Array(lengthMax),
		seconds: new Float64Array(lengthMax),
		usd: new Float64Array(lengthMax),
	};
	let length = 0;
	for (const [row, from] of rows.entries()) {
		for (const [to, target] of targets.entries()) {
			const rate = bitsPerSecond[from]?.[target] ?? 0;
			// Where one stays, nothing is moved; where the rate is 0, no link leads.
			if (from === target || rate > 0) {
				ways.to[length] = to;
				ways.byteKm[length] = from === target ? 0 : (distanceKm[from]?.[target] ?? 0);
				ways.seconds[length] = from === target ? 0 : 8 / rate;
				ways.usd[length] = from === target ? 0 : (usdPerByte[from]?.[target] ?? 0);
				length++;
			}
		}
		ways.starts[row + 1] = length;
	}
	return {
		starts: ways.starts,
		to: ways.to.slice(0, length),
		byteKm: ways.byteKm.slice(0, length),
		seconds: ways.seconds.slice(0, length),
		usd: ways.usd.slice(0, length),
	};
}

/**
 * The ways of each row by their weight; equal ones in the order of their targets. Weights are sorted as plain numbers, which is
 * several times faster than sorting ways by a comparison, and each way then looks its place up.
 */
function orderBy({starts, to, ...weights}: Ways, name: MetricName): Int32Array {
	const order = new Int32Array(to.length);
	for (let row = 0; row + 1 < starts.length; row++) {
		const [start, end] = [starts[row] as number, starts[row + 1] as number];
		const weight = weights[name].subarray(start, end);
		const sorted = weight.slice().sort();
		const takenCount = new Int32Array(sorted.length);
		for (let way = 0; way < weight.length; way++) {
			const place = firstNotBelow(sorted, weight[way] as number);
			order[start + place + (takenCount[place] as number)] = start + way;
			takenCount[place] = (takenCount[place] as number) + 1;
		}
	}
	return order;
}

function firstNotBelow(sorted: Float64Array, value: number): number {
	let [low, high] = [0, sorted.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] as number) < value) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

function arranged(values: Float64Array, order: Int32Array): Float64Array {
	return new Float64Array(order.length).map((_, at) => values[order[at] as number] as number);
}
