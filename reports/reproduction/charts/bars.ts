import type {FigureSpec, Layout} from '../../figures/figure.ts';
import {panelled, panelTitle, plotWidthPx} from '../../figures/panels.ts';
import {inks, seriesColours} from '../../figures/theme.ts';
import {formatPercent} from '../../format.ts';
import {estimate} from '../../statistics.ts';

/** A share with what was drawn for it and, where the paper prints one, its value. */
export type ShareBar = {
	readonly name: string;
	/** One for each draw. */
	readonly drawnRatio: readonly number[];
	readonly printedRatio?: number | undefined;
};

export type BarPanel = {readonly title: string; readonly axisTitle: string; readonly bars: readonly ShareBar[]};

/** Bars of shares in percent: means over the draws, their 95 % intervals as lines, printed values as ticks. */
export function barChart({
	title,
	panels,
	layout,
}: {
	readonly title: string;
	readonly panels: readonly BarPanel[];
	readonly layout: Layout;
}): FigureSpec {
	return panelled({title, layout, panels: panels.map(panel => panelOf(panel, panels.length, layout))});
}

function panelOf({title, axisTitle, bars}: BarPanel, panelCount: number, layout: Layout): FigureSpec {
	const rows = bars.flatMap(({name, drawnRatio, printedRatio}) => {
		const mean = estimate(drawnRatio);
		if (!mean) {
			return [];
		}
		const interval = mean.interval ?? {low: mean.mean, high: mean.mean};
		return {
			name,
			percent: percentOf(mean.mean),
			lowPercent: percentOf(interval.low),
			highPercent: percentOf(interval.high),
			printedPercent: printedRatio === undefined ? null : percentOf(printedRatio),
			label: `${formatPercent(mean.mean)}${printedRatio === undefined ? '' : `, printed ${formatPercent(printedRatio)}`}`,
		};
	});
	const share = (field: string): FigureSpec => ({field, type: 'quantitative'});
	return {
		title: panelTitle(title),
		width: plotWidthPx(panelCount, layout, 110),
		height: {step: 44},
		data: {values: rows},
		encoding: {
			y: {
				field: 'name',
				type: 'nominal',
				sort: bars.map(({name}) => name),
				title: null,
				axis: {labelLimit: 110, domain: false, ticks: false},
			},
		},
		layer: [
			{
				mark: {type: 'bar', color: seriesColours[0], height: 14},
				encoding: {
					x: {
						...share('percent'),
						title: axisTitle,
						scale: {domain: [0, 100]},
						axis: {values: [0, 25, 50, 75, 100]},
					},
				},
			},
			{
				mark: {type: 'rule', color: inks.light.ink, strokeWidth: 2},
				encoding: {x: share('lowPercent'), x2: {field: 'highPercent'}},
			},
			{
				transform: [{filter: 'datum.printedPercent !== null'}],
				mark: {type: 'tick', color: inks.light.alarm, thickness: 3, height: 22},
				encoding: {x: share('printedPercent')},
			},
			{
				mark: {type: 'text', align: 'left', dy: -17, fontSize: 11},
				encoding: {x: {datum: 0, type: 'quantitative'}, text: {field: 'label'}},
			},
		],
	};
}

const percentOf = (ratio: number): number => Number((ratio * 100).toPrecision(5));
