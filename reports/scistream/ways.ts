import type {Scenario} from '#core/scenario/schema.ts';
import type {Application, TunnelKind} from '#core/scenario/tunnel-schema.ts';
import type {BitsPerSecond} from '#core/units.ts';
import type {Measured} from '../shown-runs.ts';
import {type Estimate, estimate} from '../statistics.ts';
import type {RepeatSummary} from '../summary-schema.ts';

/** One way across with one kind of traffic, and the repeats of it that count. */
export type Way = {
	/** The run that it is from: ways are compared within one. */
	readonly runId: string;
	readonly dataServer: TunnelKind;
	readonly application: Application;
	readonly streamCount: number;
	readonly congestionControl: Scenario['stack']['congestionControl'];
	/** Of the slowest link that it crosses. */
	readonly linkBitsPerSecond: BitsPerSecond;
	/** Of the machine that it was run on. */
	readonly cpuCount: number;
	readonly repeats: readonly RepeatSummary[];
	/** How many there were, those that do not count included. */
	readonly drawnCount: number;
};

/** The ways of several runs, each from the run that has most draws of it that count, the later one where they have as many; variants without a tunnel, with one that is broken on purpose, or without a draw are left out. */
export function waysOf(runs: readonly Measured[]): readonly Way[] {
	const all = runs.flatMap(({data, summary}) =>
		summary.variants.flatMap(({variant, repeats}) => {
			const scenario = data.scenario.variants[variant];
			const tunnel = scenario?.stack.tunnel;
			if (!tunnel || repeats.length === 0 || tunnel.certificates !== 'valid' || scenario.timeline.length > 0) {
				return [];
			}
			return {
				runId: data.document.runId,
				dataServer: tunnel.dataServer,
				application: scenario.workload.application,
				streamCount: scenario.workload.requests.reduce((sum, {count}) => sum + count, 0),
				congestionControl: scenario.stack.congestionControl,
				linkBitsPerSecond: Math.min(...scenario.topology.links.map(({rateBitsPerSecond}) => rateBitsPerSecond)),
				cpuCount: data.document.provenance.cpuCount,
				repeats: repeats.filter(({counted}) => counted),
				drawnCount: repeats.length,
			};
		}),
	);
	return [...Map.groupBy(all, caseOf).values()].map(same =>
		same.reduce((best, one) => (one.repeats.length >= best.repeats.length ? one : best)),
	);
}

const caseOf = ({dataServer, application, streamCount, congestionControl}: Way): string =>
	[dataServer, application, streamCount, congestionControl].join(' ');

/** Another data server under the same traffic; `undefined` where it was not run. */
export function counterpart(ways: readonly Way[], way: Way, dataServer: TunnelKind): Way | undefined {
	return ways.find(
		other =>
			other.runId === way.runId &&
			other.dataServer === dataServer &&
			other.application === way.application &&
			other.streamCount === way.streamCount &&
			other.congestionControl === way.congestionControl,
	);
}

/** The plain proxy that an encrypting one is held against: the same program without encryption, or the one nearest to it. */
export function plainOf(dataServer: TunnelKind): TunnelKind | undefined {
	switch (dataServer) {
		case 'mtls':
			return 'relay';
		case 'stunnel':
			return 'haproxy';
		case 'direct':
		case 'relay':
		case 'haproxy':
		case 'nginx':
			return undefined;
		default:
			return dataServer satisfies never;
	}
}

export const isEncrypted = (dataServer: TunnelKind): boolean => plainOf(dataServer) !== undefined;

/** The mean of a measure over the repeats that count. */
export function estimateOf({repeats}: Way, measure: string): Estimate | null {
	return estimate(repeats.flatMap(repeat => measureOf(repeat, measure) ?? []));
}

/** What a way has of a measure against another, repeat by repeat: the mean of the ratios minus 1, or of the differences. */
export function against(
	way: Way,
	base: Way,
	{measure, as}: {readonly measure: string; readonly as: 'ratio' | 'difference'},
): Estimate | null {
	const pairs = way.repeats.flatMap(repeat => {
		const [value, other] = [repeat, base.repeats.find(one => one.repeat === repeat.repeat)].map(
			one => one && measureOf(one, measure),
		);
		return value === undefined || other === undefined || other === 0
			? []
			: as === 'ratio'
				? value / other - 1
				: value - other;
	});
	return estimate(pairs);
}

/** The value of a measure in a repeat, of all streams. */
export function measureOf({measures}: RepeatSummary, measure: string): number | undefined {
	return measures.find(one => one.measure === measure && one.minimumResolutionRatio === null)?.value ?? undefined;
}
