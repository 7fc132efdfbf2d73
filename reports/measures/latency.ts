import {latencyHistogram} from '../histograms.ts';
import type {VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
import type {Draft} from './draft.ts';

const percentiles = [50, 99, 99.9] as const;

/** End-to-end latency from the planned send and, as `latency.transitMs`, from the actual one; milliseconds of scenario time. */
export function latencyMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	return [...latencies(run, streamClass, 'planned'), ...latencies(run, streamClass, 'sent')];
}

function latencies(run: VariantRun, streamClass: StreamClass, origin: 'planned' | 'sent'): readonly Draft[] {
	const name = origin === 'planned' ? 'latency.e2eMs' : 'latency.transitMs';
	const histogram = latencyHistogram(run, origin, streamClass);
	const none = {none: 'no chunk was delivered'};
	const longestSeconds = streamsOf(run, streamClass)
		.flatMap(({deliveries}) => deliveries)
		.reduce((most, one) => Math.max(most, origin === 'planned' ? one.latencySeconds : one.transitSeconds), 0);
	return [
		...percentiles.map(
			percentile =>
				[
					`${name}.p${String(percentile).replace('.', '')}`,
					histogram.totalCount === 0 ? none : histogram.getValueAtPercentile(percentile) / 1000,
				] as const,
		),
		[`${name}.max`, histogram.totalCount === 0 ? none : longestSeconds * 1000],
	];
}
