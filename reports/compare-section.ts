import type {Agreement} from './compare-agreement.ts';
import {type Explanation, explanationsFor} from './compare-explanations.ts';
import type {ComparedMeasure} from './compare-measures.ts';
import {agreementText, differenceText, measureText} from './compare-text.ts';
import type {ComparedVariant} from './compare-variant.ts';
import {formatMeasure} from './format.ts';
import {type Html, type HtmlPart, html, nothing} from './html/html.ts';
import {table} from './html/table.ts';
import {keyMeasures} from './key-measures.ts';

/** What the two runs are called at the head of their columns. */
export type SideNames = {readonly a: string; readonly b: string};

/** One variant of two runs side by side: whether they agree, what their records say differently, measure by measure. */
export function compareSection(
	{measures, agreements, explanations}: ComparedVariant,
	names: SideNames,
): readonly Html[] {
	const keyNames = new Set(keyMeasures.map(({measure}) => measure));
	const isKey = ({measure, minimumResolutionRatio}: ComparedMeasure) =>
		minimumResolutionRatio === null && (keyNames.has(measure) || /^link\..*bitsPerSecond$/.test(measure));
	return [
		html`<ul>${agreements.map(agreementItem)}</ul>`,
		factTable(explanations, names),
		measureTable(measures.filter(isKey), explanations, names),
		html`<details><summary>All ${measures.length} measures</summary>${measureTable(measures, explanations, names)}</details>`,
	];
}

function agreementItem(agreement: Agreement): Html {
	const text = agreementText(agreement);
	return html`<li>${agreement.holds ? text : html`<span class="bad">${text}</span>`}</li>`;
}

function factTable(explanations: readonly Explanation[], names: SideNames): Html {
	if (explanations.length === 0) {
		return nothing;
	}
	return table({
		caption: 'What the records of the two say differently: the numbers by which the differences below are explained.',
		columns: [
			{heading: 'No.', numeric: true},
			{heading: 'Fact', detailed: true},
			{heading: names.a, numeric: true},
			{heading: names.b, numeric: true},
		],
		rows: explanations.map(({fact, unit, a, b}, index) => [
			`${index + 1}`,
			fact,
			formatMeasure(a, unit),
			formatMeasure(b, unit),
		]),
	});
}

function measureTable(
	measures: readonly ComparedMeasure[],
	explanations: readonly Explanation[],
	names: SideNames,
): Html {
	return table({
		columns: [
			{heading: 'Measure'},
			{heading: names.a, numeric: true},
			{heading: names.b, numeric: true},
			{heading: 'Difference', numeric: true},
			{heading: 'Explained by fact'},
		],
		rows: measures.map(compared => [
			measureText(compared),
			formatMeasure(compared.a, compared.unit),
			formatMeasure(compared.b, compared.unit),
			`${differenceText(compared.differenceRatio)}${compared.intervalsApart === true ? ' *' : ''}`,
			reasonCell(compared, explanations),
		]),
	});
}

/** The numbers of the facts that move the measure; where a side has no value, why. */
function reasonCell(compared: ComparedMeasure, explanations: readonly Explanation[]): HtmlPart {
	if (compared.missing !== undefined) {
		return compared.missing;
	}
	return explanationsFor(compared, explanations)
		.map(one => explanations.indexOf(one) + 1)
		.join(', ');
}
