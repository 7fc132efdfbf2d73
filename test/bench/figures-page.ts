import type {BenchResult} from './bench-result.ts';

/** The figures of one benchmark as a Markdown table, with where and when they were taken. */
export function figuresTable(results: readonly BenchResult[], circumstances: string): string {
	return [
		'| figure | measured | mark | met | how |',
		'| --- | ---: | ---: | --- | --- |',
		...results.map(
			({name, value, unit, target, met, detail = ''}) =>
				`| ${[name, `${formatValue(value)} ${unit}`, target, met ? 'yes' : '**no**', detail].join(' | ')} |`,
		),
		'',
		circumstances,
	].join('\n');
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
