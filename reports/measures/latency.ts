import type {Seconds} from '#core/units.ts';
import {clockDoubt} from '../clock-doubt.ts';
import {type LatencyOrigin, percentileOf, sortedLatencies} from '../latencies.ts';
import type {VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
import type {Draft} from './draft.ts';

const percentiles = [50, 99, 99.9] as const;

/** End-to-end latency from the planned send and, as `latency.transitMs`, from the actual one; milliseconds of scenario time. */
export function latencyMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	return [...latencies(run, streamClass, 'planned'), ...latencies(run, streamClass, 'sent')];
}

function latencies(run: VariantRun, streamClass: StreamClass, origin: LatencyOrigin): readonly Draft[] {
	const name = origin === 'planned' ? 'latency.e2eMs' : 'latency.transitMs';
	const sorted = sortedLatencies(run, origin, streamClass);
	const doubt = sorted.length === 0 ? undefined : clockDoubt(run, percentileOf(sorted, 50) / 1000);
	const none = {none: doubt ?? 'no chunk was delivered'};
	const isTold = sorted.length > 0 && doubt === undefined;
	return [
		...percentiles.map(
			percentile =>
				[
					`${name}.p${String(percentile).replace('.', '')}`,
					isTold ? percentileOf(sorted, percentile) / 1000 : none,
				] as const,
		),
		[`${name}.max`, isTold ? longestSeconds(run, origin, streamClass) * 1000 : none],
	];
}

function longestSeconds(run: VariantRun, origin: LatencyOrigin, streamClass: StreamClass): Seconds {
	let longest: Seconds = 0;
	for (const {deliveries} of streamsOf(run, streamClass)) {
		for (const {latencySeconds, transitSeconds} of deliveries) {
			longest = Math.max(longest, origin === 'planned' ? latencySeconds : transitSeconds);
		}
	}
	return longest;
}
