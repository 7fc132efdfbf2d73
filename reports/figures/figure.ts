import type {Measured} from '../shown-runs.ts';

/** A Vega-Lite specification, data inside. */
export type FigureSpec = {readonly [key: string]: unknown};

/** How wide a drawing may be and how many panels stand side by side in it. */
export type Layout = {readonly name: 'wide' | 'narrow'; readonly widthPx: number; readonly columnCountMax: number};

export const layouts = {
	wide: {name: 'wide', widthPx: 880, columnCountMax: 3},
	narrow: {name: 'narrow', widthPx: 350, columnCountMax: 1},
} as const satisfies Record<Layout['name'], Layout>;

export type Figure =
	| {
			readonly kind: 'drawn';
			/** The finding, computed from the data. */
			readonly title: string;
			/** How to read the chart, in a sentence. */
			readonly reading: string;
			readonly spec: (layout: Layout) => FigureSpec;
	  }
	| {readonly kind: 'missing'; readonly title: string; readonly reason: string}
	/** Nothing in the run asks for it: its report is silent about it. */
	| {readonly kind: 'absent'};

/** From a measured run to a figure that answers one question. */
export type FigureMaker = (measured: Measured) => Figure;
