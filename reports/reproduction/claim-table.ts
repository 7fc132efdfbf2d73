import {type Html, type HtmlPart, html, nothing} from '../html/html.ts';
import {table} from '../html/table.ts';
import {measuredLines, publishedLines, subjectLines, verdictText} from './claim-text.ts';
import type {ClaimResult} from './judge-figure.ts';

type CountedClaim = {readonly result: ClaimResult; readonly drawCount: number};

/** Claims, published beside measured, each with the number of draws that it was held against; checks of ours in a table of their own. */
export function claimTable(claims: readonly CountedClaim[]): Html {
	const of = (origin: ClaimResult['claim']['origin']) => claims.filter(({result}) => result.claim.origin === origin);
	const [paper, ours] = [of('printed'), of('ours')];
	return html`${paper.length === 0 ? nothing : tableOf(paper, 'Claims of the paper.')}${
		ours.length === 0 ? nothing : tableOf(ours, 'Checks of ours, which the paper does not claim.')
	}`;
}

function tableOf(claims: readonly CountedClaim[], caption: string): Html {
	return table({
		caption,
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
		html`${claim.claim}${note}`,
		lines(subjectLines(result)),
		lines(publishedLines(result)),
		lines(measuredLines(result)),
		judged.holds ? verdict : html`<span class="bad">${verdict}</span>`,
	];
}
