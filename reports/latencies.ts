import type {Seconds} from '#core/units.ts';
import type {VariantRun} from './run-data.ts';
import {type StreamClass, streamsOf} from './series.ts';

/** Where a latency begins. */
export const latencyOrigins = ['planned', 'sent'] as const;
export type LatencyOrigin = (typeof latencyOrigins)[number];

/** End-to-end latencies of a class in whole microseconds of scenario time, shortest first. */
export function sortedLatencies(run: VariantRun, origin: LatencyOrigin, streamClass: StreamClass = null): Float64Array {
	const streams = streamsOf(run, streamClass);
	const microseconds = new Float64Array(streams.reduce((sum, {deliveries}) => sum + deliveries.length, 0));
	let count = 0;
	for (const {deliveries} of streams) {
		for (const {latencySeconds, transitSeconds} of deliveries) {
			microseconds[count++] = microsecondsOf(origin === 'planned' ? latencySeconds : transitSeconds);
		}
	}
	return microseconds.sort();
}

/**
 * The percentile that an HDR histogram of three significant digits gives of these values, the greatest number that it cannot tell
 * from the one in that place, without the tens of thousands of places of such a histogram. There is one value at least.
 */
export function percentileOf(sortedMicroseconds: Float64Array, percentile: number): number {
	const exact = (percentile / 100) * sortedMicroseconds.length;
	// What rounding put on top of a whole number does not ask for one more value.
	const place = Math.max(1, Math.ceil(exact - 2 ** (Math.floor(Math.log2(exact)) - mantissaBits)));
	const value = sortedMicroseconds[place - 1] as number;
	const step = 2 ** Math.max(0, Math.floor(Math.log2(value)) - singleStepBits);
	return Math.floor(value / step) * step + step - 1;
}

export const microsecondsOf = (seconds: Seconds): number => Math.max(0, Math.round(seconds * 1e6));

const mantissaBits = 52;

/** Numbers of so many bits, and of one more, are told apart one by one: 2,000 of them are needed for three digits. */
const singleStepBits = 10;
