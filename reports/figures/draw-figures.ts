import type {Measured} from '../shown-runs.ts';
import {drawPng, drawSvg} from './draw.ts';
import {type FigureSpec, layouts} from './figure.ts';
import {figureTable} from './table.ts';
import {ink, inks} from './theme.ts';

export type DrawnFigure =
	| {
			readonly kind: 'drawn';
			readonly name: string;
			readonly title: string;
			readonly reading: string;
			readonly spec: FigureSpec;
			/** For print, slides and light screens. */
			readonly svg: string;
			readonly darkSvg: string;
			/** One column, for telephones. */
			readonly narrowSvg: string;
			readonly png: Uint8Array;
	  }
	| {readonly kind: 'missing'; readonly name: string; readonly title: string; readonly reason: string};

/** Draws every figure of the table, wide and narrow, light and dark. */
export async function drawFigures(measured: Measured): Promise<readonly DrawnFigure[]> {
	const drawn: DrawnFigure[] = [];
	for (const [name, make] of Object.entries(figureTable)) {
		const figure = make(measured);
		if (figure.kind === 'absent') {
			continue;
		}
		if (figure.kind === 'missing') {
			drawn.push({name, ...figure});
			continue;
		}
		const {kind, title, reading} = figure;
		const spec = figure.spec(layouts.wide);
		const svg = await drawSvg(spec);
		drawn.push({
			kind,
			name,
			title,
			reading,
			spec,
			svg,
			darkSvg: ink(svg, role => inks.dark[role]),
			narrowSvg: await drawSvg(figure.spec(layouts.narrow)),
			png: await drawPng(svg),
		});
	}
	return drawn;
}
