import {formatMeasure} from '../format.ts';
import {type HtmlPart, html} from '../html/html.ts';
import type {MeasureUnit} from '../measurement.ts';
import type {Estimate} from '../statistics.ts';
import {intervalText} from './interval-text.ts';

/** A mean with its 95 % interval beneath it; a dash where nothing was measured. */
export function estimateCell(found: Estimate | null, unit: MeasureUnit): HtmlPart {
	if (!found) {
		return '–';
	}
	const {mean, interval} = found;
	return html`${formatMeasure(mean, unit)}<small>${interval ? intervalText(interval, unit) : 'one draw'}</small>`;
}
