import {formatMeasure, listed} from '../format.ts';
import {keyMeasuresOf} from '../key-measures.ts';
import {findEstimate} from '../summary.ts';
import type {EstimatedMeasure, Summary} from '../summary-schema.ts';
import {type Html, type HtmlPart, html, nothing} from './html.ts';
import {table} from './table.ts';

/** The variants side by side. */
export function keyTable({variants}: Summary): Html {
	const reasons = new Map<string, string[]>();
	for (const {variant, repeats} of variants.filter(({trusted}) => !trusted)) {
		const why = [...new Set(repeats.map(({whyNot}) => whyNot ?? ''))].join('; ') || 'there are no records';
		reasons.set(why, [...(reasons.get(why) ?? []), variant]);
	}
	return html`${table({
		className: 'key',
		columns: [{heading: 'Measure'}, ...variants.map(({variant}) => ({heading: variant, numeric: true}))],
		rows: keyMeasuresOf(variants).map(({measure, label, gloss}) => [
			html`${label}<small>${gloss}</small>`,
			...variants.map(variant => measureCell(findEstimate(variant, measure))),
		]),
	})}${[...reasons].map(([why, names]) => html`<p class="bad">${listed(names)}: not part of any statistics, because ${why}.</p>`)}`;
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
