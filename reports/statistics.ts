import {gammaln, mean, sampleStandardDeviation} from 'simple-statistics';

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

/** The value that Student's t stays within, either side of 0, in 95 % of draws. */
export function studentQuantile(degreesOfFreedom: number): number {
	const central = 0.475;
	let low = 0;
	let high = 1;
	while (centralProbability(high, degreesOfFreedom) < central) {
		high *= 2;
	}
	for (let step = 0; step < 60; step++) {
		const middle = (low + high) / 2;
		if (centralProbability(middle, degreesOfFreedom) < central) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return (low + high) / 2;
}

/** P(0 ≤ T ≤ limit), by Simpson's rule over the angle x = √ν·tan θ, in which the density has no long tail. */
function centralProbability(limit: number, degreesOfFreedom: number): number {
	const panels = 200;
	const end = Math.atan(limit / Math.sqrt(degreesOfFreedom));
	const width = end / panels;
	let sum = 0;
	for (let index = 0; index <= panels; index++) {
		const weight = index === 0 || index === panels ? 1 : index % 2 === 1 ? 4 : 2;
		sum += weight * Math.cos(index * width) ** (degreesOfFreedom - 1);
	}
	const logConstant = gammaln((degreesOfFreedom + 1) / 2) - gammaln(degreesOfFreedom / 2) - Math.log(Math.PI) / 2;
	return (Math.exp(logConstant) * sum * width) / 3;
}
