import type {Application} from '#core/scenario/tunnel-schema.ts';
import {drawSvg} from '../figures/draw.ts';
import {layouts} from '../figures/figure.ts';
import {formatMeasure} from '../format.ts';
import {inlined} from '../html/figure-section.ts';
import {type Html, html, nothing} from '../html/html.ts';
import {unitOf} from '../measurement.ts';
import {type IntervalPanel, intervalBars} from './interval-bars.ts';
import {estimateOf, type Way} from './ways.ts';

/** A chart that sets the ways side by side, wide and narrow; nothing where no way has anything to show. */
export async function wayChart(
	ways: readonly Way[],
	{
		name,
		title,
		reading,
		looks,
		traffic = {streamCount: 1, congestionControl: 'cubic'},
	}: {
		readonly traffic?: TrafficCase;
		readonly name: string;
		readonly title: string;
		readonly reading: string;
		readonly looks: readonly Look[];
	},
): Promise<Html> {
	const panels = looks.map(look => panelOf(ways, look, traffic)).filter(({bars}) => bars.length > 0);
	if (panels.length === 0) {
		return nothing;
	}
	const [wide, narrow] = await Promise.all(
		[layouts.wide, layouts.narrow].map(layout => drawSvg(intervalBars({title, panels, layout}))),
	);
	return html`<figure id="${name}">
${inlined(wide ?? '', {name, title, kind: 'wide'})}
${inlined(narrow ?? '', {name, title, kind: 'narrow'})}
<figcaption>${reading}</figcaption>
</figure>
`;
}

/** How many streams at once, and how they give way to each other. */
export type TrafficCase = Pick<Way, 'streamCount' | 'congestionControl'>;

/** A measure of one kind of traffic, by data server. */
export type Look = {
	readonly application: Application;
	readonly measure: string;
	readonly title: string;
	readonly axisTitle: string;
	/** What values are divided by for the axis. */
	readonly scale: number;
};

function panelOf(
	ways: readonly Way[],
	{application, measure, title, axisTitle, scale}: Look,
	{streamCount, congestionControl}: TrafficCase,
): IntervalPanel {
	const shown = ways.filter(
		way =>
			way.application === application && way.streamCount === streamCount && way.congestionControl === congestionControl,
	);
	const bars = shown.flatMap(way => {
		const found = estimateOf(way, measure);
		return found ? [{name: way.dataServer, found, label: formatMeasure(found.mean, unitOf(measure))}] : [];
	});
	return {title, axisTitle, scale, bars};
}
