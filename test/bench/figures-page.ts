import type {BenchResult} from './bench-result.ts';

const columns = ['figure', 'measured', 'mark', 'met', 'how'];
const rightAligned = new Set(['measured', 'mark']);

/** The figures of one benchmark as a Markdown table, columns aligned, with where and when they were taken. */
export function figuresTable(results: readonly BenchResult[], circumstances: string): string {
	const rows = results.map(({name, value, unit, target, met, detail = ''}) => [
		name,
		`${formatValue(value)} ${unit}`,
		target,
		met ? 'yes' : '**no**',
		detail,
	]);
	const widths = columns.map((_, index) => Math.max(3, ...[columns, ...rows].map(row => row[index]?.length ?? 0)));
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	const padded = (row: readonly string[]) =>
		line(
			row.map((cell, index) => {
				const width = widths[index] ?? 0;
				return rightAligned.has(columns[index] ?? '') ? cell.padStart(width) : cell.padEnd(width);
			}),
		);
	const rule = widths.map((width, index) =>
		rightAligned.has(columns[index] ?? '') ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
	);
	return [padded(columns), line(rule), ...rows.map(padded), '', circumstances].join('\n');
}

/**
 * A page with the text between the markers of a benchmark replaced: `<!-- figures NAME -->` and `<!-- end NAME -->`.
 *
 * @throws Error when the page does not have both, in this order.
 */
export function withFigures(page: string, name: string, figures: string): string {
	const [begin, end] = [`<!-- figures ${name} -->`, `<!-- end ${name} -->`];
	const [beginIndex, endIndex] = [page.indexOf(begin), page.indexOf(end)];
	if (beginIndex < 0 || endIndex < beginIndex) {
		throw new Error(`the page of figures has no place for “${name}”: it needs ${begin} and after it ${end}`);
	}
	return `${page.slice(0, beginIndex + begin.length)}\n${figures}\n${page.slice(endIndex)}`;
}

/** Four digits, and no exponent where people would not write one. */
function formatValue(value: number): string {
	const rounded = Number(value.toPrecision(4));
	return Math.abs(rounded) >= 10_000 ? rounded.toLocaleString('en-GB') : `${rounded}`;
}
