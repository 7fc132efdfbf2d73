import {formatMeasure, instantText} from '../format.ts';
import {type Html, type HtmlPart, html, nothing} from '../html/html.ts';
import {table} from '../html/table.ts';
import {recoveries} from '../recovery.ts';
import {type Measured, shownRuns} from '../shown-runs.ts';
import {estimate} from '../statistics.ts';
import {findEstimate} from '../summary.ts';
import type {VariantSummary} from '../summary-schema.ts';
import {eventsOfVariant, type TimelineEvent} from '../timeline-events.ts';

/** What the application saw of faults: every chunk with its fate, what was lost, and how long until chunks came as before. */
export function faultSection(runs: readonly Measured[]): Html {
	const faulty = runs.flatMap(measured =>
		measured.summary.variants.flatMap(summarised => {
			const scenario = measured.data.scenario.variants[summarised.variant];
			const tunnel = scenario?.stack.tunnel;
			const isFault = tunnel && (scenario.timeline.length > 0 || tunnel.certificates !== 'valid');
			return isFault ? {measured, summarised, certificates: tunnel.certificates} : [];
		}),
	);
	if (faulty.length === 0) {
		return nothing;
	}
	return html`<h2 id="faults">When something breaks</h2>
<h3>What became of the chunks</h3>
${table({
	className: 'ways',
	caption: 'Chunks that never left their instrument, because nothing took them, were not sent and are not lost.',
	columns: [{heading: 'Variant'}, ...fates.map(({heading}) => ({heading, numeric: true}))],
	rows: faulty.map(({summarised}) => [
		summarised.variant,
		...fates.map(({measure}) => measureText(summarised, measure)),
	]),
})}
<h3>How long until chunks came as before</h3>
${table({
	className: 'ways',
	caption: 'From the event until chunks came in time and as fast as before it.',
	columns: [
		{heading: 'Variant'},
		{heading: 'What happened', detailed: true},
		{heading: 'At', numeric: true},
		{heading: 'Back after', numeric: true},
		{heading: 'Why there is no time', detailed: true},
	],
	rows: faulty.flatMap(({measured, summarised: {variant}, certificates}) =>
		certificates === 'valid'
			? eventsOfVariant(measured, variant).map(event => recoveryRow(measured, variant, event))
			: [[variant, `a certificate that is ${certificates}`, '', '–', 'no stream was let through from the start']],
	),
})}`;
}

const fates = [
	{heading: 'Sent', measure: 'chunks.produced'},
	{heading: 'Delivered', measure: 'chunks.delivered'},
	{heading: 'Late', measure: 'chunks.late'},
	{heading: 'Lost', measure: 'chunks.lost'},
	{heading: 'Damaged', measure: 'chunks.corrupt'},
	{heading: 'Bytes lost', measure: 'chunks.lostBytes'},
	{heading: 'Latency, 99 of 100', measure: 'latency.e2eMs.p99'},
] as const;

function measureText(summarised: VariantSummary, measure: string): string {
	const found = findEstimate(summarised, measure);
	return formatMeasure(found?.mean, found?.unit ?? 'count');
}

/** The mean over the repeats in which chunks were as before again; why not, where there is one in which they were not. */
function recoveryRow(
	measured: Measured,
	variant: string,
	{name, words, atSeconds}: TimelineEvent,
): readonly HtmlPart[] {
	const found = shownRuns(measured, variant).flatMap(run => recoveries(run).filter(({event}) => event === name));
	const times = found.flatMap(({seconds}) => seconds ?? []);
	const reasons = new Set(found.flatMap(({reason}) => reason ?? []));
	return [variant, words, instantText(atSeconds), formatMeasure(estimate(times)?.mean, 's'), [...reasons].join('; ')];
}
