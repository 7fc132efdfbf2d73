import {describeActual, describeExpectation, type ExpectationResult} from './expectations.ts';
import {finding, verdictWords} from './findings.ts';
import {formatMeasure} from './format.ts';
import {keyMeasuresOf} from './key-measures.ts';
import type {Measured} from './shown-runs.ts';
import {findEstimate} from './summary.ts';
import {verdictReasons} from './verdict-reasons.ts';

/** A page for the summary of a CI job. */
export function summaryMarkdown(measured: Measured, expectations: readonly ExpectationResult[]): string {
	const {summary, data} = measured;
	const reasons = verdictReasons(data.document);
	return [
		`# ${cell(summary.title)}`,
		'',
		`**Verdict: ${summary.verdict ?? 'none'}.** ${verdictWords(summary)}`,
		'',
		...(reasons.length > 0 ? [...reasons.map(reason => `- ${cell(reason)}`), ''] : []),
		finding(measured),
		'',
		row(['Measure', ...summary.variants.map(({variant}) => variant)]),
		row(['---', ...summary.variants.map(() => '---:')]),
		...keyMeasuresOf(summary.variants).map(({measure, label}) =>
			row([
				label,
				...summary.variants.map(variant => {
					const found = findEstimate(variant, measure);
					return found ? formatMeasure(found.mean, found.unit) : '–';
				}),
			]),
		),
		'',
		...expectationLines(expectations),
		`Run ${data.document.runId}, testbed ${summary.testbed}, seed ${summary.seed}, time scale ${summary.timeScale}: times are scenario time, of which 1 real second holds ${Number((1 / summary.timeScale).toPrecision(3))} s.`,
		'',
	].join('\n');
}

function expectationLines(expectations: readonly ExpectationResult[]): readonly string[] {
	if (expectations.length === 0) {
		return [];
	}
	return [
		row(['Expected', 'Variant', 'Actual', '']),
		row(['---', '---', '---', '---']),
		...expectations.map(one =>
			row([
				describeExpectation(one.expectation),
				one.variant,
				describeActual(one),
				one.passed ? 'holds' : '**does not hold**',
			]),
		),
		'',
	];
}

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const cell = (text: string): string =>
	text
		.replaceAll('|', '\\|')
		.replaceAll('<', '&lt;')
		.replace(/\s*\n\s*/g, ' ');
