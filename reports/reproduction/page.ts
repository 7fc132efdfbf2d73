import {Html, html, nothing} from '../html/html.ts';
import {pageStyle} from '../html/style.ts';
import {themeSwitch} from '../html/theme-switch.ts';
import type {Published} from '../published/schema.ts';
import {chartPart} from './chart-part.ts';
import {claimTable} from './claim-table.ts';
import type {FigureDraws} from './figure-draws.ts';
import {headline} from './headline.ts';
import type {ClaimResult} from './judge-figure.ts';
import {markdownSection} from './markdown-section.ts';
import type {RealFigure} from './real-links.ts';
import type {RealLinksPart} from './real-links-part.ts';
import {sensitivitySection} from './sensitivity-section.ts';
import type {SensitivityTable} from './sensitivity-table.ts';

/** `reproduction.html`: every figure made again, and each claim beside what was drawn. It needs nothing but itself. */
export async function reproductionPage({
	published,
	results,
	claims,
	readings,
	seedCount,
	budget,
	sensitivity,
	driven,
	realLinks,
}: {
	readonly published: Published;
	readonly results: readonly FigureDraws[];
	readonly claims: readonly ClaimResult[];
	/** The page beside the scenarios, with its sections “What is ours” and “Readings”. */
	readonly readings: string;
	readonly seedCount: number;
	/** Whether the budget of the requests had a say. */
	readonly budget: string;
	/** The claims under other readings, where they were drawn. */
	readonly sensitivity: SensitivityTable | undefined;
	/** The figures as they were driven over real links. */
	readonly driven: readonly RealFigure[];
	/** What links show, and what model and links show together. */
	readonly realLinks: RealLinksPart;
}): Promise<string> {
	const {paper, authors, title, year} = published;
	const sections: Html[] = [];
	for (const result of results) {
		sections.push(await figureSection({paper, result, claims, seedCount}));
		sections.push(...(realLinks.sections.get(result.figure.figure) ?? []));
	}
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
${headline({claims, driven})}
${realLinks.lead}
${sections}
${sensitivity ? sensitivitySection(sensitivity) : nothing}
<h2 id="ours">What is ours</h2>
${markdownSection(readings, 'What is ours')}
<p>${budget}</p>
<h2 id="readings">Readings</h2>
${markdownSection(readings, 'Readings')}
</main>
<footer class="muted"><small>Measured values are means over the seeds with their 95 % confidence intervals (Student’s t). A claim is refuted when the share of seeds in which it holds is less than what is asked, by its one-sided 95 % bound (Wilson); it is not refuted when the share seen is less, or intervals that were to lie apart touch, and the draws are too few to speak against it.</small></footer>
<script>${new Html(themeSwitch)}</script>
</body>
</html>
`.text;
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
${claimTable(claims.filter(claim => claim.figure === figure).map(claim => ({result: claim, drawCount: seedCount})))}
`;
}
