import type {DrawnFigure} from '../figures/draw-figures.ts';
import {ink} from '../figures/theme.ts';
import {Html, html} from './html.ts';
import {inkVariable} from './style.ts';

/** One figure with its reading aid and its files. */
export function figureSection(figure: DrawnFigure): Html {
	if (figure.kind === 'missing') {
		return html`<figure id="${figure.name}"><figcaption>${figure.title}: – (${figure.reason})</figcaption></figure>
`;
	}
	const {name, title, reading, svg, narrowSvg, spec} = figure;
	const specification = Buffer.from(JSON.stringify(spec)).toString('base64');
	return html`<figure id="${name}">
${inlined(svg, {name, title, kind: 'wide'})}
${inlined(narrowSvg, {name, title, kind: 'narrow'})}
<figcaption>${reading}
<nav class="files" aria-label="Files of this figure"><a href="figures/${name}.svg">SVG</a><a href="figures/${name}.png">PNG</a><a download="${name}.vl.json" href="data:application/json;base64,${specification}">Vega-Lite, with its data</a></nav></figcaption>
</figure>
`;
}

/** A drawing as part of the page: its colours follow the page, its ids are its own, its name is its title. */
export function inlined(
	svg: string,
	{name, title, kind}: {readonly name: string; readonly title: string; readonly kind: 'wide' | 'narrow'},
): Html {
	const prefix = `${name}-${kind}-`;
	const body = ink(svg, inkVariable)
		.replace(/^[\s\S]*?<svg[^>]*?viewBox="([^"]*)"[^>]*>/, '<svg viewBox="$1">')
		.replace(/\bid="([^"]+)"/g, `id="${prefix}$1"`)
		.replace(/url\(#([^)]+)\)/g, `url(#${prefix}$1)`);
	const [, , width = '', height = ''] = /viewBox="(\S+) (\S+) (\S+) (\S+)"/.exec(body)?.slice(1) ?? [];
	return new Html(
		body.replace(
			/^<svg /,
			html`<svg class="${kind}" role="img" aria-label="${title}" width="${width}" height="${height}" `.text,
		),
	);
}
