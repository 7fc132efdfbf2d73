import {build, encodeIntoCompressedBase64, type Histogram} from 'hdr-histogram-js';
import {type LatencyOrigin, microsecondsOf} from './latencies.ts';
import type {VariantRun} from './run-data.ts';

/** End-to-end latencies of all streams, in microseconds of scenario time, to three significant digits. */
export function latencyHistogram({streams}: VariantRun, origin: LatencyOrigin): Histogram {
	const histogram = build({bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3});
	for (const {deliveries} of streams) {
		for (const delivery of deliveries) {
			histogram.recordValue(microsecondsOf(origin === 'planned' ? delivery.latencySeconds : delivery.transitSeconds));
		}
	}
	return histogram;
}

/** A histogram as text that other tools read: compressed HDR, base64, after lines that say what it holds. */
export function encodeHistogram(histogram: Histogram, {variant, repeat}: VariantRun, origin: LatencyOrigin): string {
	const begins = origin === 'planned' ? 'planned send' : 'actual send';
	return [
		`#[Latency from ${begins} to last byte, variant ${variant}, repeat ${repeat}, microseconds of scenario time]`,
		'#[Histogram log format version 1.2]',
		'"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
		`0.000,0.000,${(histogram.maxValue / 1000).toFixed(3)},${encodeIntoCompressedBase64(histogram)}`,
		'',
	].join('\n');
}
