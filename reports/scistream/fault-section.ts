import {formatMeasure} from '../format.ts';
import {type Html, html, nothing} from '../html/html.ts';
import {table} from '../html/table.ts';
import type {Measured} from '../shown-runs.ts';
import {findEstimate} from '../summary.ts';

/** What the application saw of faults: every chunk with its fate, and how long it took until chunks came again. */
export function faultSection(runs: readonly Measured[]): Html {
	const rows = runs.flatMap(({data, summary}) =>
		summary.variants.flatMap(variant => {
			const scenario = data.scenario.variants[variant.variant];
			const isFault = scenario && (scenario.timeline.length > 0 || scenario.stack.tunnel?.certificates !== 'valid');
			if (!scenario?.stack.tunnel || !isFault) {
				return [];
			}
			const cell = (measure: string) => {
				const found = findEstimate(variant, measure);
				return found ? formatMeasure(found.mean, found.unit) : '–';
			};
			const recovery = findEstimate(variant, 'recovery.seconds');
			return [
				[
					variant.variant,
					cell('chunks.produced'),
					cell('chunks.delivered'),
					cell('chunks.lost'),
					cell('chunks.corrupt'),
					recovery?.mean === null || recovery === undefined ? (recovery?.reason ?? '–') : cell('recovery.seconds'),
				],
			];
		}),
	);
	if (rows.length === 0) {
		return nothing;
	}
	return html`<h2 id="faults">When something breaks</h2>
${table({
	columns: [
		{heading: 'What'},
		{heading: 'Chunks sent', numeric: true},
		{heading: 'Delivered', numeric: true},
		{heading: 'Lost', numeric: true},
		{heading: 'Damaged', numeric: true},
		{heading: 'Until all came again', detailed: true},
	],
	rows,
})}`;
}
