import type {FigureSpec, Layout} from '../../figures/figure.ts';
import {seriesColours, seriesDashes} from '../../figures/theme.ts';
import type {FigureDraws} from '../figure-draws.ts';

/** A figure of a paper made again from draws. */
export type Chart = {
	/** What is seen and how to read it, in a sentence. */
	readonly reading: string;
	readonly spec: (layout: Layout) => FigureSpec;
};

export type ChartMaker = (draws: FigureDraws) => Chart;

/** Colour and, for grey print, dash by a field with few values. */
export function byField(field: string, values: readonly string[], title: string): FigureSpec {
	const legend = {orient: 'top', direction: 'horizontal', symbolType: 'stroke', symbolSize: 500, columns: 4};
	const channel = {field, type: 'nominal', title, legend};
	return {
		color: {...channel, scale: {domain: values, range: values.map((_, index) => seriesColours[index % 6])}},
		strokeDash: {...channel, scale: {domain: values, range: values.map((_, index) => seriesDashes[index % 6])}},
	};
}
