import {mean, sampleStandardDeviation} from 'simple-statistics';
import {studentQuantile} from '#core/student-quantile.ts';

export type Estimate = {
	readonly mean: number;
	readonly count: number;
	/** The 95 % confidence interval of the mean; `null` with fewer than two values. */
	readonly interval: {readonly low: number; readonly high: number} | null;
};

/** Mean of repeats with its 95 % interval by Student's t: right for the few repeats of an experiment, and without chance. */
export function estimate(values: readonly number[]): Estimate | null {
	if (values.length === 0) {
		return null;
	}
	const centre = mean([...values]);
	if (values.length === 1) {
		return {mean: centre, count: 1, interval: null};
	}
	const standardError = sampleStandardDeviation([...values]) / Math.sqrt(values.length);
	const half = studentQuantile(values.length - 1) * standardError;
	return {mean: centre, count: values.length, interval: {low: centre - half, high: centre + half}};
}
