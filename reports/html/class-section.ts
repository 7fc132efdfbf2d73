import {formatPercent} from '../format.ts';
import {findEstimate} from '../summary.ts';
import type {Summary} from '../summary-schema.ts';
import {type Html, html, nothing} from './html.ts';
import {measureCell} from './key-table.ts';
import {table} from './table.ts';

/** The measures of each class, and where every chunk went. */
export function classSection({variants}: Summary): Html {
	const rows = variants.flatMap(summarised => {
		const ratios = summarised.measures.flatMap(({minimumResolutionRatio}) => minimumResolutionRatio ?? []);
		return [...new Set(ratios)].map(ratio => [
			summarised.variant,
			formatPercent(ratio),
			...classMeasures.map(({measure}) => measureCell(findEstimate(summarised, measure, ratio))),
		]);
	});
	return html`<h2 id="classes">By minimum resolution</h2>
${
	rows.length === 0
		? html`<p>– (no request arrived)</p>`
		: table({
				caption: 'A class is all requests that ask for the same minimum resolution.',
				columns: [
					{heading: 'Variant'},
					{heading: 'At least', numeric: true},
					...classMeasures.map(({heading}) => ({heading, numeric: true})),
				],
				rows,
			})
}
<h3 id="chunks">Where every chunk went</h3>
${table({
	caption:
		'A chunk is one image. Sent = delivered + lost + corrupt + under way when the records end; each has one fate.',
	columns: [
		{heading: 'Variant'},
		...['Repeat', 'Sent', 'Delivered', 'Lost', 'Corrupt', 'Under way'].map(heading => ({heading, numeric: true})),
		{heading: 'Adds up'},
	],
	rows: variants.flatMap(({variant, repeats}) =>
		repeats.map(({repeat, accounting: {produced, delivered, lost, corrupt, underWay, balanced, problem}}) => [
			variant,
			repeat,
			produced,
			delivered,
			lost,
			corrupt,
			underWay,
			balanced ? 'yes' : html`<span class="bad">no</span>${problem === undefined ? nothing : `: ${problem}`}`,
		]),
	),
})}`;
}

const classMeasures = [
	{measure: 'requests.accepted', heading: 'Accepted'},
	{measure: 'streams.delivering', heading: 'Delivering at the end'},
	{measure: 'streams.stopped', heading: 'Stopped'},
	{measure: 'deadline.hitRatio', heading: 'In time'},
	{measure: 'resolution.mean', heading: 'Mean resolution'},
	{measure: 'latency.e2eMs.p50', heading: 'Median latency'},
] as const;
