import Table from 'cli-table3';
import {measuredLines, publishedLines, verdictText} from './claim-text.ts';
import type {ClaimResult} from './judge-figure.ts';

const columnWidths = [6, 34, 14, 44, 20];

/** Every claim of every figure: published beside measured, with its verdict. */
export function reproductionTable(results: readonly ClaimResult[], drawCount: number): string {
	const table = new Table({
		head: ['Fig.', 'Claim', 'Published', 'Measured, with 95 % interval', 'Verdict'],
		colWidths: columnWidths,
		wordWrap: true,
		style: {head: [], border: []},
	});
	for (const result of results) {
		const {figure, claim} = result;
		const [first = ['', ''], ...more] = comparisons(result);
		const whole = (content: string) => ({content, rowSpan: more.length + 1});
		table.push(
			[
				whole(figure),
				whole(claim.origin === 'ours' ? `${claim.claim} (a check of ours)` : claim.claim),
				...first,
				whole(plain(verdictText(result, drawCount))),
			],
			...more,
		);
	}
	return table.toString();
}

/** Published and measured, once where the conditions of a claim say the same of several variants. */
function comparisons(result: ClaimResult): ReadonlyArray<[string, string]> {
	const measured = measuredLines(result);
	const pairs = publishedLines(result).map((published, index): [string, string] => [
		plain(published),
		plain(measured[index] ?? ''),
	]);
	return [...new Map(pairs.map(pair => [pair.join('\n'), pair])).values()];
}

/** Spaces that do not break would keep the table from breaking its lines. */
function plain(text: string): string {
	return text.replaceAll('\u00a0', ' ');
}
