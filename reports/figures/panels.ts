import type {FigureSpec, Layout} from './figure.ts';
import {inks} from './theme.ts';

export const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

/** Small multiples under one title: as many columns as the layout allows. */
export function panelled({
	title,
	panels,
	layout,
}: {
	readonly title: string;
	readonly panels: readonly FigureSpec[];
	readonly layout: Layout;
}): FigureSpec {
	return {
		$schema: 'https://vega.github.io/schema/vega-lite/v6.json',
		title: {text: wrapped(title, Math.floor(layout.widthPx / 10.5)), anchor: 'start', offset: 14},
		concat: panels,
		columns: columnCount(panels.length, layout),
		spacing: {row: 26, column: 18},
		config: chartConfig,
	};
}

export function columnCount(panelCount: number, {columnCountMax}: Layout): number {
	return Math.min(panelCount, columnCountMax);
}

/** The width of a panel's plot, with what the axis at its left takes set apart. */
export function plotWidthPx(panelCount: number, layout: Layout, axisPx = 58): number {
	const columns = columnCount(panelCount, layout);
	return Math.floor((layout.widthPx - 16 - 18 * (columns - 1)) / columns - axisPx);
}

/** What a panel shows; a second line under it where one name is not enough. */
export function panelTitle(text: string, subtitle?: string): FigureSpec {
	return {
		text,
		...(subtitle === undefined ? {} : {subtitle, subtitleFontSize: 12, subtitleColor: muted}),
		anchor: 'start',
		frame: 'group',
		fontSize: 13,
		fontWeight: 'bold',
		offset: 8,
	};
}

/** Breaks a text into lines of at most so many characters, at its spaces. */
export function wrapped(text: string, charactersMax: number): readonly string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const line = lines.at(-1);
		if (line !== undefined && line.length + 1 + word.length <= charactersMax) {
			lines[lines.length - 1] = `${line} ${word}`;
		} else {
			lines.push(word);
		}
	}
	return lines;
}

const {ink, muted, grid, paper} = inks.light;

const chartConfig = {
	background: paper,
	font: fontFamily,
	padding: 8,
	title: {color: ink, fontSize: 15, fontWeight: 'bold', lineHeight: 20},
	axis: {
		labelColor: ink,
		labelFontSize: 12,
		titleColor: muted,
		titleFontSize: 12,
		titleFontWeight: 'normal',
		titlePadding: 8,
		gridColor: grid,
		domainColor: muted,
		tickColor: muted,
	},
	legend: {
		labelColor: ink,
		labelFontSize: 12,
		titleColor: muted,
		titleFontSize: 12,
		titleFontWeight: 'normal',
		titleLimit: 340,
		labelLimit: 260,
		symbolStrokeWidth: 2.5,
	},
	text: {color: ink, fontSize: 12},
	view: {stroke: null},
	// The page describes a figure as a whole; a label on every mark would drown a screen reader.
	aria: false,
};
