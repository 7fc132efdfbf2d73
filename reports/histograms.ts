import {build, encodeIntoCompressedBase64, type Histogram} from 'hdr-histogram-js';
import type {Seconds} from '#core/units.ts';
import type {VariantRun} from './run-data.ts';
import {type StreamClass, streamsOf} from './series.ts';

/** Where a latency begins. */
export const latencyOrigins = ['planned', 'sent'] as const;
export type LatencyOrigin = (typeof latencyOrigins)[number];

/** End-to-end latencies of a class, in microseconds of scenario time, to three significant digits. */
export function latencyHistogram(run: VariantRun, origin: LatencyOrigin, streamClass: StreamClass = null): Histogram {
	const histogram = build({bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3});
	for (const {deliveries} of streamsOf(run, streamClass)) {
		for (const delivery of deliveries) {
			histogram.recordValue(microseconds(origin === 'planned' ? delivery.latencySeconds : delivery.transitSeconds));
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

const microseconds = (seconds: Seconds): number => Math.max(0, Math.round(seconds * 1e6));
