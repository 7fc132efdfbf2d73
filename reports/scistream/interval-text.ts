import {formatMeasure} from '../format.ts';
import type {MeasureUnit} from '../measurement.ts';
import type {Estimate} from '../statistics.ts';

/** `0.4 to 2.2 ms`: the ends of an interval, the unit said once where it is the same for both. */
export function intervalText({low, high}: NonNullable<Estimate['interval']>, unit: MeasureUnit): string {
	const [lowText, highText] = [formatMeasure(low, unit), formatMeasure(high, unit)];
	const [amount = lowText, lowUnit] = lowText.split('\u00a0');
	return `${lowUnit === highText.split('\u00a0')[1] ? amount : lowText} to ${highText}`;
}
