import type {Comparison} from './compare.ts';
import {compareSection} from './compare-section.ts';
import {Html, html, nothing} from './html/html.ts';
import {pageStyle} from './html/style.ts';
import {themeSwitch} from './html/theme-switch.ts';

/** `compare.html`: two runs side by side on a page that needs nothing but itself. */
export function comparePage({a, b, comparable, obstacles, notes, ...compared}: Comparison): string {
	const variants = [...new Set(compared.measures.map(({variant}) => variant))];
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>Two runs compared – Streambed</title>
<style>${new Html(pageStyle())}</style>
</head>
<body>
<header>
<div class="top"><h1>Two runs compared</h1><button id="theme" type="button" hidden>Light / dark</button></div>
<p class="muted">a: ${a}<br>b: ${b}</p>
</header>
<main>
<section class="verdict ${comparable ? 'valid' : 'invalid'}" id="verdict"><strong>${comparable ? 'Comparable.' : 'Not comparable.'}</strong>${
		obstacles.length === 0 ? nothing : html`<ul>${obstacles.map(obstacle => html`<li>${obstacle}</li>`)}</ul>`
	}</section>
${notes.length === 0 ? nothing : html`<ul>${notes.map(note => html`<li>${note}</li>`)}</ul>`}
${variants.map(variant => {
	const isOf = (one: {readonly variant: string}) => one.variant === variant;
	const {measures, agreements, explanations} = compared;
	const part = {
		measures: measures.filter(isOf),
		// Nothing holds, or fails to, between runs that may not be held against one another.
		agreements: comparable ? agreements.filter(isOf) : [],
		explanations: explanations.filter(isOf),
	};
	return html`<h2 id="variant-${variant}">${variant}</h2>
${compareSection(part, {a: 'a', b: 'b'})}
`;
})}
</main>
<footer class="muted"><small>Differences are shares of the first run’s value. A star: the 95 % confidence intervals over the repeats lie apart. A dash stands for what was not measured.</small></footer>
<script>${new Html(themeSwitch)}</script>
</body>
</html>
`.text;
}
