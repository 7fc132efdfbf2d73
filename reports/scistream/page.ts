import {Html, type HtmlPart, html, nothing} from '../html/html.ts';
import {pageStyle} from '../html/style.ts';
import {themeSwitch} from '../html/theme-switch.ts';
import type {Measured} from '../shown-runs.ts';
import {answer} from './answer.ts';
import {furtherCharts, mainCharts} from './chart-choice.ts';
import {faultSection} from './fault-section.ts';
import type {PublishedWays} from './published.ts';
import {publishedTable} from './published-table.ts';
import {reachText} from './reach.ts';
import {setUpTable} from './set-up-table.ts';
import {wayTables} from './way-table.ts';
import {waysOf} from './ways.ts';

/** “What does security cost here?”: the answer, the figures beneath it, and what others published. It needs nothing but itself. */
export async function securityCostPage({
	runs,
	published,
}: {
	readonly runs: readonly Measured[];
	readonly published: PublishedWays;
}): Promise<string> {
	const ways = waysOf(runs);
	const {lead, others} = answer(ways);
	const drawnCount = ways.reduce((sum, way) => sum + way.drawnCount, 0);
	const countedCount = ways.reduce((sum, {repeats}) => sum + repeats.length, 0);
	const verdict = countedCount === 0 ? 'invalid' : countedCount < drawnCount ? 'suspect' : 'valid';
	const reach = reachText(ways);
	const charts = [await mainCharts(ways), await furtherCharts(ways)];
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>What does security cost here? – Streambed</title>
<style>${new Html(pageStyle() + tableStyle)}</style>
</head>
<body>
<header>
<div class="top"><h1>What does security cost here?</h1><button id="theme" type="button" hidden>Light / dark</button></div>
<p class="muted">Streams across two gateways, by ways that encrypt and ways that do not, on one and the same shaped link</p>
</header>
<main>
<section class="finding" id="answer"><p>${lead}</p>${others.length === 0 ? nothing : html`<ul>${others.map(text => html`<li>${text}</li>`)}</ul>`}${reach ? html`<p>${reach}</p>` : nothing}</section>
<section class="verdict ${verdict}" id="verdict"><strong>${countedCount} of ${drawnCount} draws count.</strong> ${whyNot(runs)}</section>
<h2 id="figures">Figures</h2>
${charts}
<h2 id="ways">Every way, against both baselines</h2>
${wayTables(ways)}
<h2 id="set-up">Set-up, by step</h2>
${setUpTable(ways)}
${faultSection(runs)}
<h2 id="published">What others published</h2>
${publishedTable(published, ways)}
<h2 id="runs">Runs</h2>
<ul>${runs.map(({data, summary}) => html`<li>${summary.title}: <code>${data.document.runId}</code>, ${data.document.provenance.cpuCount} × ${data.document.provenance.cpu}, Linux ${data.document.provenance.kernel}, verdict ${summary.verdict ?? 'none'}</li>`)}</ul>
</main>
<footer class="muted"><small>Intervals are 95 % confidence intervals over repeats (Student’s t); overheads are taken repeat by repeat. A dash stands for what was not measured.</small></footer>
<script>${new Html(themeSwitch)}</script>
</body>
</html>
`.text;
}

/** An interval stands below its mean, so that the tables fit. */
const tableStyle =
	'main,header,footer{max-width:66rem}.ways td small{display:block;white-space:nowrap}.ways td,.ways th{padding-right:.5rem}';

/** Why draws were left out, each reason once. */
function whyNot(runs: readonly Measured[]): HtmlPart {
	const reasons = new Set(
		runs.flatMap(({data}) =>
			data.document.outcomes.flatMap(({verdict, reasons: list}) =>
				verdict === 'invalid' ? list.filter(one => one.verdict === 'invalid').map(({reason}) => reason) : [],
			),
		),
	);
	if (reasons.size === 0) {
		return nothing;
	}
	return html`<details><summary>Why others do not</summary><ul>${[...reasons].map(reason => html`<li>${reason}</li>`)}</ul></details>`;
}
