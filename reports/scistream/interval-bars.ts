import type {FigureSpec, Layout} from '../figures/figure.ts';
import {panelled, panelTitle, plotWidthPx} from '../figures/panels.ts';
import {inks, seriesColours} from '../figures/theme.ts';
import type {Estimate} from '../statistics.ts';

export type IntervalBar = {readonly name: string; readonly found: Estimate; readonly label: string};

export type IntervalPanel = {
	readonly title: string;
	readonly axisTitle: string;
	/** What values are divided by for the axis. */
	readonly scale: number;
	readonly bars: readonly IntervalBar[];
};

/** Bars of means with their 95 % intervals as lines, from zero: none of what they show can be less, so that a line of few draws begins there. */
export function intervalBars({
	title,
	panels,
	layout,
}: {
	readonly title: string;
	readonly panels: readonly IntervalPanel[];
	readonly layout: Layout;
}): FigureSpec {
	return panelled({title, layout, panels: panels.map(panel => panelOf(panel, panels.length, layout))});
}

function panelOf({title, axisTitle, scale, bars}: IntervalPanel, panelCount: number, layout: Layout): FigureSpec {
	const rows = bars.map(({name, found: {mean, interval}, label}) => ({
		name,
		label,
		mean: mean / scale,
		low: Math.max(0, interval?.low ?? mean) / scale,
		high: (interval?.high ?? mean) / scale,
	}));
	const amount = (field: string): FigureSpec => ({field, type: 'quantitative'});
	return {
		title: panelTitle(title),
		width: plotWidthPx(panelCount, layout, 70),
		height: {step: 44},
		data: {values: rows},
		encoding: {
			y: {
				field: 'name',
				type: 'nominal',
				sort: bars.map(({name}) => name),
				title: null,
				axis: {labelLimit: 70, domain: false, ticks: false},
			},
		},
		layer: [
			{
				mark: {type: 'bar', color: seriesColours[0], height: 14},
				encoding: {x: {...amount('mean'), stack: null, title: axisTitle, axis: {tickCount: 5}}},
			},
			{
				mark: {type: 'rule', color: inks.light.ink, strokeWidth: 2},
				encoding: {x: amount('low'), x2: {field: 'high'}},
			},
			{
				mark: {type: 'text', align: 'left', dy: -17, fontSize: 11},
				encoding: {x: {datum: 0, type: 'quantitative'}, text: {field: 'label'}},
			},
		],
	};
}
