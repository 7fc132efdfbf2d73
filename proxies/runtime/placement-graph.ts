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
	const ways = rows.map(from => compute.flatMap(({index}, to) => way(infrastructure, from, index, to)));
	const ends = rows.map(from => way(infrastructure, from, resources.length - 1, 0)[0]);
	const sorted = {byteKm: sortedBy(ways, 'byteKm'), seconds: sortedBy(ways, 'seconds'), usd: sortedBy(ways, 'usd')};
	const metric = (name: MetricName): Metric => ({
		starts: Int32Array.from([
			0,
			...ways.map((_, row) => ways.slice(0, row + 1).reduce((sum, {length}) => sum + length, 0)),
		]),
		to: Int32Array.from(sorted[name], ({to}) => to),
		weight: Float64Array.from(sorted[name], one => one[name]),
		toConsumer: Float64Array.from(ends, one => one?.[name] ?? Number.POSITIVE_INFINITY),
	});
	const alignedTo = (order: MetricName) => ({
		byteKm: Float64Array.from(sorted[order], ({byteKm}) => byteKm),
		seconds: Float64Array.from(sorted[order], ({seconds}) => seconds),
		usd: Float64Array.from(sorted[order], ({usd}) => usd),
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

type Way = {readonly to: number} & Readonly<Record<MetricName, number>>;

/** The way between two resources for one byte; none where there is no link. */
function way(infrastructure: PlacementInfrastructure, from: number, toResource: number, to: number): Way[] {
	if (from === toResource) {
		return [{to, byteKm: 0, seconds: 0, usd: 0}];
	}
	const bitsPerSecond = infrastructure.bitsPerSecond[from]?.[toResource] ?? 0;
	if (bitsPerSecond === 0) {
		return [];
	}
	const byteKm = infrastructure.distanceKm[from]?.[toResource] ?? 0;
	const usd = infrastructure.usdPerByte[from]?.[toResource] ?? 0;
	return [{to, byteKm, seconds: 8 / bitsPerSecond, usd}];
}

function sortedBy(ways: ReadonlyArray<readonly Way[]>, name: MetricName): Way[] {
	return ways.flatMap(row => row.toSorted((a, b) => a[name] - b[name] || a.to - b.to));
}
