import {drawPng, drawSvg} from '../figures/draw.ts';
import {layouts} from '../figures/figure.ts';
import {inlined} from '../html/figure-section.ts';
import {type Html, html} from '../html/html.ts';
import {charts} from './charts/charts.ts';
import type {FigureDraws} from './figure-draws.ts';

/** The chart of a figure, wide and narrow, with its specification. `body` tells charts of one figure apart. */
export async function chartPart(paper: string, result: FigureDraws, body?: string): Promise<Html> {
	const {figure, question} = result.figure;
	const make = charts[paper]?.[figure];
	if (!make) {
		return html`<p>– (no chart is known for this figure)</p>`;
	}
	const {reading, spec} = make(result);
	const name = chartName(figure, body);
	const [wide, narrow] = [await drawSvg(spec(layouts.wide)), await drawSvg(spec(layouts.narrow))];
	const specification = Buffer.from(JSON.stringify(spec(layouts.wide))).toString('base64');
	return html`<figure id="${name}">
${inlined(wide, {name, title: question, kind: 'wide'})}
${inlined(narrow, {name, title: question, kind: 'narrow'})}
<figcaption>${reading}
<nav class="files" aria-label="Files of this figure"><a download="${paper}-${name}.vl.json" href="data:application/json;base64,${specification}">Vega-Lite, with its data</a></nav></figcaption>
</figure>`;
}

/** The same chart as a picture of its own; `undefined` where none is known. */
export async function chartPng(paper: string, result: FigureDraws): Promise<Uint8Array | undefined> {
	const chart = charts[paper]?.[result.figure.figure]?.(result);
	return chart && drawPng(await drawSvg(chart.spec(layouts.wide)));
}

const chartName = (figure: string, body: string | undefined): string =>
	`chart-${figure}${body === undefined ? '' : `-${body}`}`;
