import Table from 'cli-table3';
import {measuredLines, publishedLines, verdictText} from './claim-text.ts';
import type {ClaimResult} from './judge-figure.ts';

const columnWidths = [6, 34, 14, 44, 20];

/** Every claim of every figure: published beside measured, with its verdict; below them the checks of ours. */
export function reproductionTable(results: readonly ClaimResult[], drawCount: number): string {
	const table = new Table({
		head: ['Fig.', 'Claim', 'Published', 'Measured, with 95 % interval', 'Verdict'],
		colWidths: columnWidths,
		wordWrap: true,
		style: {head: [], border: []},
	});
	const [paper, ours] = (['printed', 'ours'] as const).map(origin =>
		results.filter(({claim}) => claim.origin === origin),
	);
	for (const result of paper ?? []) {
		addClaim(result);
	}
	if (ours && ours.length > 0) {
		table.push([{content: 'Checks of ours, which the paper does not claim', colSpan: columnWidths.length}]);
		ours.forEach(addClaim);
	}
	return table.toString();

	function addClaim(result: ClaimResult): void {
		const {figure, claim} = result;
		const [first = ['', ''], ...more] = comparisons(result);
		const whole = (content: string) => ({content, rowSpan: more.length + 1});
		table.push([whole(figure), whole(claim.claim), ...first, whole(plain(verdictText(result, drawCount)))], ...more);
	}
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
