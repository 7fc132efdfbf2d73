import {drawSvg} from '../figures/draw.ts';
import {layouts} from '../figures/figure.ts';
import {inlined} from '../html/figure-section.ts';
import {Html, type HtmlPart, html, nothing} from '../html/html.ts';
import {pageStyle} from '../html/style.ts';
import {table} from '../html/table.ts';
import {themeSwitch} from '../html/theme-switch.ts';
import type {Published} from '../published/schema.ts';
import {charts} from './charts/charts.ts';
import {measuredLines, publishedLines, subjectLines, verdictText} from './claim-text.ts';
import type {FigureDraws} from './figure-draws.ts';
import type {ClaimResult} from './judge-figure.ts';
import {markdownSection} from './markdown-section.ts';

/** `reproduction.html`: every figure made again, and each claim beside what was drawn. It needs nothing but itself. */
export async function reproductionPage({
	published,
	results,
	claims,
	readings,
	seedCount,
}: {
	readonly published: Published;
	readonly results: readonly FigureDraws[];
	readonly claims: readonly ClaimResult[];
	/** The page beside the scenarios, with its sections “What is ours” and “Readings”. */
	readonly readings: string;
	readonly seedCount: number;
}): Promise<string> {
	const {paper, authors, title, year} = published;
	const sections: Html[] = [];
	for (const result of results) {
		sections.push(await figureSection({paper, result, claims, seedCount}));
	}
	const refuted = claims.filter(({judged}) => !judged.holds);
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${paper}, reproduced – Streambed</title>
<style>${new Html(pageStyle())}</style>
</head>
<body>
<header>
<div class="top"><h1>${title}</h1><button id="theme" type="button" hidden>Light / dark</button></div>
<p class="muted">${authors} (${year}): its figures, made again by simulation over ${seedCount} seeds</p>
</header>
<main>
<section class="verdict ${refuted.length === 0 ? 'valid' : 'invalid'}" id="verdict"><strong>${
		refuted.length === 0
			? `All ${claims.length} claims hold.`
			: `${refuted.length} of ${claims.length} claims are refuted.`
	}</strong> Sites and links are a model in virtual time: what follows says what the model does, not what links do.${
		refuted.length === 0 ? nothing : html`<ul>${refuted.map(refutation)}</ul>`
	}</section>
${sections}
<h2 id="ours">What is ours</h2>
${markdownSection(readings, 'What is ours')}
<h2 id="readings">Readings</h2>
${markdownSection(readings, 'Readings')}
</main>
<footer class="muted"><small>Measured values are means over the seeds with their 95 % confidence intervals (Student’s t). A claim is refuted when the share of seeds in which it holds is less than what is asked, by its one-sided 95 % bound (Wilson).</small></footer>
<script>${new Html(themeSwitch)}</script>
</body>
</html>
`.text;
}

function refutation({figure, claim, judged}: ClaimResult): Html {
	return html`<li>Fig. ${figure}: ${claim.claim}. ${judged.counterexamples.join('. ')}</li>`;
}

async function figureSection({
	paper,
	result,
	claims,
	seedCount,
}: {
	readonly paper: string;
	readonly result: FigureDraws;
	readonly claims: readonly ClaimResult[];
	readonly seedCount: number;
}): Promise<Html> {
	const {figure, question} = result.figure;
	return html`<h2 id="figure-${figure}">Fig. ${figure}: ${question}</h2>
${await chartPart(paper, result)}
${table({
	columns: [
		{heading: 'Claim'},
		{heading: 'Looks at', detailed: true},
		{heading: 'Published'},
		{heading: 'Measured'},
		{heading: 'Verdict'},
	],
	rows: claims.filter(claim => claim.figure === figure).map(claim => claimRow(claim, seedCount)),
})}
`;
}

function claimRow(result: ClaimResult, seedCount: number): readonly HtmlPart[] {
	const {claim, judged} = result;
	const note = claim.note === undefined ? nothing : html`<small>${claim.note}</small>`;
	const lines = (texts: readonly string[]) =>
		texts.map((text, index) => html`${index === 0 ? nothing : html`<br>`}${text}`);
	const verdict = verdictText(result, seedCount);
	return [
		html`${claim.claim}${claim.origin === 'ours' ? html`<small>a check of ours</small>` : nothing}${note}`,
		lines(subjectLines(result)),
		lines(publishedLines(result)),
		lines(measuredLines(result)),
		judged.holds ? verdict : html`<span class="bad">${verdict}</span>`,
	];
}

/** The chart, wide and narrow, with its specification. */
async function chartPart(paper: string, result: FigureDraws): Promise<Html> {
	const {figure, question} = result.figure;
	const make = charts[paper]?.[figure];
	if (!make) {
		return html`<p>– (no chart is known for this figure)</p>`;
	}
	const {reading, spec} = make(result);
	const name = `chart-${figure}`;
	const [wide, narrow] = [await drawSvg(spec(layouts.wide)), await drawSvg(spec(layouts.narrow))];
	const specification = Buffer.from(JSON.stringify(spec(layouts.wide))).toString('base64');
	return html`<figure id="${name}">
${inlined(wide, {name, title: question, kind: 'wide'})}
${inlined(narrow, {name, title: question, kind: 'narrow'})}
<figcaption>${reading}
<nav class="files" aria-label="Files of this figure"><a download="${paper}-${figure}.vl.json" href="data:application/json;base64,${specification}">Vega-Lite, with its data</a></nav></figcaption>
</figure>`;
}
