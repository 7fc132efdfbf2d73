import type {Ratio} from '#core/units.ts';
import {type Measurement, unitOf} from '../measurement.ts';

/** A name and its value; or, where there is none, the reason. */
export type Draft = readonly [measure: string, value: number | {readonly none: string}];

export function drafted([measure, value]: Draft, minimumResolutionRatio: Ratio | null): Measurement {
	const common = {measure, minimumResolutionRatio, unit: unitOf(measure)};
	return typeof value === 'number' ? {...common, value} : {...common, value: null, reason: value.none};
}

/** A quotient; no value, and why, when there is nothing to divide by. */
export function quotient(dividend: number, divisor: number, none: string): number | {readonly none: string} {
	return divisor > 0 ? dividend / divisor : {none};
}
