import Table from 'cli-table3';
import type {RunDocument} from '#core/records/run-document.ts';
import {describeActual, describeExpectation, type ExpectationResult} from './expectations.ts';
import {formatMeasure} from './format.ts';
import {keyMeasuresOf} from './key-measures.ts';
import {findEstimate} from './summary.ts';
import type {Summary} from './summary-schema.ts';

const widthMax = 100;
const reasonsMax = 5;

/**
 * The variants of a run as a table for the terminal, at most 100 columns wide: a variant a column where they fit, else in blocks.
 *
 * @param colour by default where standard output is a terminal and NO_COLOR is not set
 */
export function formatTerminalTable(
	{
		summary,
		expectations,
		outcomes,
	}: {
		readonly summary: Summary;
		readonly expectations: readonly ExpectationResult[];
		readonly outcomes: RunDocument['outcomes'];
	},
	{colour = process.stdout.isTTY === true && !process.env.NO_COLOR}: {readonly colour?: boolean} = {},
): string {
	const paint = (text: string, code: number) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
	const verdict = summary.verdict ?? 'none: the run did not come to its end';
	const verdictColour = summary.verdict === 'valid' ? 32 : summary.verdict === 'suspect' ? 33 : 31;
	return [
		...wrap(summary.title, widthMax).map(line => paint(line, 1)),
		...variantTables(summary),
		`verdict: ${paint(verdict, verdictColour)}`,
		...reasonLines(outcomes),
		...expectations.flatMap(one => {
			const mark = one.passed ? paint('holds', 32) : paint('FAILS', 31);
			const text = `${one.variant}: ${describeExpectation(one.expectation)} (actual: ${describeActual(one)})`;
			const [first = '', ...more] = wrap(text, widthMax - 6);
			return [`${mark} ${first}`, ...more.map(line => `      ${line}`)];
		}),
	].join('\n');
}

function variantTables({variants}: Summary): readonly string[] {
	const labelWidth = Math.max(...keyMeasuresOf(variants).map(({label}) => label.length)) + 2;
	const columnWidth = Math.max(14, ...variants.map(({variant}) => variant.length + 2));
	const perTable = Math.max(1, Math.floor((widthMax - labelWidth - 2) / (columnWidth + 1)));
	const tableCount = Math.ceil(variants.length / perTable);
	return Array.from({length: tableCount}, (_, index) => {
		const shown = variants.slice(index * perTable, (index + 1) * perTable);
		const table = new Table({
			head: ['', ...shown.map(({variant}) => variant)],
			colAligns: ['left', ...shown.map(() => 'right' as const)],
			colWidths: [labelWidth, ...shown.map(() => columnWidth)],
			style: {head: [], border: [], compact: true},
		});
		for (const {measure, label} of keyMeasuresOf(shown)) {
			table.push([
				label,
				...shown.map(variant => {
					const found = findEstimate(variant, measure);
					return found ? formatMeasure(found.mean, found.unit) : '–';
				}),
			]);
		}
		table.push([
			'Verdict',
			...shown.map(({repeats}) => [...new Set(repeats.map(one => one.verdict ?? 'none'))].join(', ') || '–'),
		]);
		return table.toString();
	});
}

/** Why the verdict is not valid, below the name of each variant that it is about. */
function reasonLines(outcomes: RunDocument['outcomes']): readonly string[] {
	const all = outcomes.flatMap(({variant, repeat, reasons}) => reasons.map(({reason}) => ({variant, repeat, reason})));
	const isRepeated = new Set(outcomes.map(({repeat}) => repeat)).size > 1;
	const shown = Map.groupBy(all.slice(0, reasonsMax), ({variant, repeat}) =>
		isRepeated ? `${variant}, repeat ${repeat}` : variant,
	);
	const hiddenCount = all.length - reasonsMax;
	return [
		...[...shown].flatMap(([name, group]) => [
			`  ${name}:`,
			...group.flatMap(({reason}) => {
				const [first = '', ...more] = wrap(reason, widthMax - 6);
				return [`    - ${first}`, ...more.map(line => `      ${line}`)];
			}),
		]),
		...(hiddenCount > 0 ? [`  and ${hiddenCount} more in the report`] : []),
	];
}

function wrap(text: string, width: number): readonly string[] {
	const lines = [''];
	for (const word of text.split(' ')) {
		const last = lines.at(-1) ?? '';
		if (last !== '' && last.length + 1 + word.length > width) {
			lines.push(word);
		} else {
			lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
		}
	}
	return lines;
}
