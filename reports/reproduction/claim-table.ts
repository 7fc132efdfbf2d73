import {type Html, type HtmlPart, html, nothing} from '../html/html.ts';
import {table} from '../html/table.ts';
import {measuredLines, publishedLines, subjectLines, verdictText} from './claim-text.ts';
import type {ClaimResult} from './judge-figure.ts';

/** Claims, published beside measured, each with the number of draws that it was held against. */
export function claimTable(claims: ReadonlyArray<{readonly result: ClaimResult; readonly drawCount: number}>): Html {
	return table({
		columns: [
			{heading: 'Claim'},
			{heading: 'Looks at', detailed: true},
			{heading: 'Published'},
			{heading: 'Measured'},
			{heading: 'Verdict'},
		],
		rows: claims.map(({result, drawCount}) => claimRow(result, drawCount)),
	});
}

function claimRow(result: ClaimResult, drawCount: number): readonly HtmlPart[] {
	const {claim, judged} = result;
	const note = claim.note === undefined ? nothing : html`<small>${claim.note}</small>`;
	const lines = (texts: readonly string[]) =>
		texts.map((text, index) => html`${index === 0 ? nothing : html`<br>`}${text}`);
	const verdict = drawCount === 0 ? 'not judged: no draw counts' : verdictText(result, drawCount);
	return [
		html`${claim.claim}${claim.origin === 'ours' ? html`<small>a check of ours</small>` : nothing}${note}`,
		lines(subjectLines(result)),
		lines(publishedLines(result)),
		lines(measuredLines(result)),
		judged.holds ? verdict : html`<span class="bad">${verdict}</span>`,
	];
}
