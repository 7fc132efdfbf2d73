import {describeActual, describeExpectation, type ExpectationResult} from '../expectations.ts';
import type {DrawnFigure} from '../figures/draw-figures.ts';
import {findingOf, verdictWords} from '../findings.ts';
import type {Measured} from '../shown-runs.ts';
import {verdictReasons} from '../verdict-reasons.ts';
import {classSection} from './class-section.ts';
import {fidelitySection} from './fidelity-section.ts';
import {figureSection} from './figure-section.ts';
import {Html, type HtmlPart, html, nothing} from './html.ts';
import {keyTable} from './key-table.ts';
import {provenanceSection} from './provenance-section.ts';
import {requestSection} from './request-section.ts';
import {pageStyle} from './style.ts';
import {table} from './table.ts';
import {themeSwitch} from './theme-switch.ts';

/** `report.html`: one page that needs nothing but itself. Links lead to its own parts, and to the files beside it. */
export function reportPage({
	measured,
	expectations,
	figures,
}: {
	readonly measured: Measured;
	readonly expectations: readonly ExpectationResult[];
	readonly figures: readonly DrawnFigure[];
}): string {
	const {summary, data} = measured;
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${summary.title} – Streambed</title>
<style>${new Html(pageStyle())}</style>
</head>
<body>
<header>
<div class="top"><h1>${summary.title}</h1><button id="theme" type="button" hidden>Light / dark</button></div>
<p class="muted">${summary.scenario}, run ${data.document.runId}, testbed ${summary.testbed}${data.cutShort ? ', records cut short' : ''}</p>
</header>
<main>
${verdictSection(measured)}
${findingSection(measured)}
${keyTable(summary)}
${expectationSection(expectations)}
<h2 id="figures">Figures</h2>
${data.measuredOnly ? html`<p>Figures are of the first draw of each variant; measures are over all of them. Of the others no records were kept: <a href="draws.ndjson">draws.ndjson</a> has what was measured.</p>` : nothing}
${figures.map(figureSection)}
${classSection(summary)}
${requestSection(data)}
${fidelitySection(data)}
${provenanceSection(data.document)}
<h2 id="files">Files</h2>
<p>Beside this page: <a href="summary.json">summary.json</a> and <a href="summary.csv">summary.csv</a> (all measures), <a href="chunks.csv">chunks.csv</a> (every delivered chunk), <a href="junit.xml">junit.xml</a>, <a href="summary.md">summary.md</a>, <a href="histograms/">histograms/</a> (latency, HDR), <a href="figures/">figures/</a>.</p>
</main>
<footer class="muted"><small>Intervals are 95 % confidence intervals of the mean over repeats (Student’s t). A dash stands for what was not measured.</small></footer>
<script>${new Html(themeSwitch)}</script>
</body>
</html>
`.text;
}

function verdictSection({summary, data}: Measured): Html {
	const {document} = data;
	const reasons = verdictReasons(document);
	const failure: readonly HtmlPart[] = document.failure ? [html`<p>${document.failure.message}</p>`] : [];
	return html`<section class="verdict ${summary.verdict ?? 'none'}" id="verdict"><strong>Verdict: ${summary.verdict ?? 'none'}.</strong> ${verdictWords(summary)}${failure}${
		reasons.length === 0 ? nothing : html`<ul>${reasons.map(reason => html`<li>${reason}</li>`)}</ul>`
	}</section>`;
}

function findingSection(measured: Measured): Html {
	const {lead, parts} = findingOf(measured);
	return html`<section class="finding" id="finding"><p>${lead}</p>${
		parts.length === 0
			? nothing
			: html`<ul>${parts.map(({variant, text}) => html`<li><strong>${variant}</strong>: ${text}</li>`)}</ul>`
	}</section>`;
}

function expectationSection(expectations: readonly ExpectationResult[]): Html {
	if (expectations.length === 0) {
		return nothing;
	}
	return html`<h2 id="expectations">What the scenario expects</h2>
${table({
	columns: [{heading: 'Expected'}, {heading: 'Variant'}, {heading: 'Actual'}, {heading: 'Holds'}],
	rows: expectations.map(one => [
		describeExpectation(one.expectation),
		one.variant,
		describeActual(one),
		one.passed ? 'yes' : html`<span class="bad">no</span>`,
	]),
})}`;
}
