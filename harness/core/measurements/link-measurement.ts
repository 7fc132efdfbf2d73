import assert from 'node:assert/strict';
import {studentQuantile} from '../student-quantile.ts';
import type {BitsPerSecond} from '../units.ts';

/** What one direction of a link was seen to carry: the mean of some windows, with its 95 % interval. */
export type LinkMeasurement = {
	readonly bitsPerSecond: BitsPerSecond;
	readonly lowBitsPerSecond: BitsPerSecond;
	readonly highBitsPerSecond: BitsPerSecond;
	readonly windowCount: number;
};

/** Fewer windows have no interval. */
export const windowCountMin = 2;

/** The mean of two windows or more, with the interval of Student's t; a rate below 0 there is not, so the interval ends there. */
export function measurementOf(windowsBitsPerSecond: readonly BitsPerSecond[]): LinkMeasurement {
	const windowCount = windowsBitsPerSecond.length;
	assert(windowCount >= windowCountMin, 'an interval needs two windows');
	const bitsPerSecond = windowsBitsPerSecond.reduce((sum, window) => sum + window, 0) / windowCount;
	const squares = windowsBitsPerSecond.reduce((sum, window) => sum + (window - bitsPerSecond) ** 2, 0);
	const half = studentQuantile(windowCount - 1) * Math.sqrt(squares / (windowCount - 1) / windowCount);
	return {
		bitsPerSecond,
		lowBitsPerSecond: Math.max(0, bitsPerSecond - half),
		highBitsPerSecond: bitsPerSecond + half,
		windowCount,
	};
}
