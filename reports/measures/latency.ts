import {clockDoubt} from '../clock-doubt.ts';
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
	const doubt = histogram.totalCount === 0 ? undefined : clockDoubt(run, histogram.getValueAtPercentile(50) / 1000);
	const none = {none: doubt ?? 'no chunk was delivered'};
	const isTold = histogram.totalCount > 0 && doubt === undefined;
	const longestSeconds = streamsOf(run, streamClass)
		.flatMap(({deliveries}) => deliveries)
		.reduce((most, one) => Math.max(most, origin === 'planned' ? one.latencySeconds : one.transitSeconds), 0);
	return [
		...percentiles.map(
			percentile =>
				[
					`${name}.p${String(percentile).replace('.', '')}`,
					isTold ? histogram.getValueAtPercentile(percentile) / 1000 : none,
				] as const,
		),
		[`${name}.max`, isTold ? longestSeconds * 1000 : none],
	];
}
