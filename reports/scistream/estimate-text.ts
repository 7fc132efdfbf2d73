import {formatMeasure} from '../format.ts';
import type {MeasureUnit} from '../measurement.ts';
import type {Estimate} from '../statistics.ts';
import {intervalText} from './interval-text.ts';

/** A mean with its 95 % interval, as a cell or a part of a sentence; a dash where nothing was measured. */
export function estimateText(found: Estimate | null, unit: MeasureUnit): string {
	if (!found) {
		return '–';
	}
	const mean = formatMeasure(found.mean, unit);
	return `${mean} (${found.interval ? intervalText(found.interval, unit) : 'one draw'})`;
}
