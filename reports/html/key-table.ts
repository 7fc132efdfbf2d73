import {formatMeasure} from '../format.ts';
import {keyMeasures} from '../key-measures.ts';
import {findEstimate} from '../summary.ts';
import type {EstimatedMeasure, Summary} from '../summary-schema.ts';
import {type Html, type HtmlPart, html, nothing} from './html.ts';
import {table} from './table.ts';

/** The variants side by side. */
export function keyTable({variants}: Summary): Html {
	const untrusted = variants.filter(({trusted, repeats}) => !trusted && repeats.length > 0);
	return html`${table({
		className: 'key',
		columns: [{heading: 'Measure'}, ...variants.map(({variant}) => ({heading: variant, numeric: true}))],
		rows: keyMeasures.map(({measure, label, gloss}) => [
			html`${label}<small>${gloss}</small>`,
			...variants.map(variant => measureCell(findEstimate(variant, measure))),
		]),
	})}${untrusted.map(({variant, repeats}) => html`<p class="bad">${variant} takes no part in statistics: ${[...new Set(repeats.map(({whyNot}) => whyNot ?? ''))].join('; ')}.</p>`)}`;
}

/** The mean, its interval where there is one, or the dash with the reason. */
export function measureCell(found: EstimatedMeasure | undefined): HtmlPart {
	if (!found) {
		return html`<span title="this variant has no such record">–</span>`;
	}
	const {mean, unit, intervalLow, intervalHigh, reason, count} = found;
	if (mean === null) {
		return html`– <small>${reason ?? 'not measured'}</small>`;
	}
	const interval =
		intervalLow === null || intervalHigh === null
			? nothing
			: html`<br><small>${formatMeasure(intervalLow, unit)} to ${formatMeasure(intervalHigh, unit)}, ${count} repeats</small>`;
	return html`${formatMeasure(mean, unit)}${interval}`;
}
