import {createRequire} from 'node:module';
import type {TopLevelSpec} from 'vega-lite';
import type {FigureSpec} from './figure.ts';
import {useTextWidths} from './text-widths.ts';

/** Compiles a specification and draws it in light colours; vega is loaded when the first figure is drawn. */
export async function drawSvg(spec: FigureSpec): Promise<string> {
	const [{compile}, vega] = await Promise.all([import('vega-lite'), import('vega')]);
	const {parse, View, Warn, logger} = vega;
	useTextWidths(vega);
	const messages = logger(Warn);
	const complaints: string[] = [];
	messages.warn = (...words: readonly unknown[]) => {
		complaints.push(words.join(' '));
		return messages;
	};
	// The specification is built by our own figures; that it compiles without complaint is what tests check.
	const {spec: vegaSpec} = compile(spec as unknown as TopLevelSpec, {logger: messages});
	if (complaints.length > 0) {
		throw new Error(`a figure's specification is not clean: ${complaints.join('; ')}`);
	}
	const view = new View(parse(vegaSpec), {renderer: 'none', logger: messages});
	try {
		return await view.toSVG();
	} finally {
		view.finalize();
	}
}

/** Renders a drawing at twice its size, with the font that comes along: none needs to be installed. */
export async function drawPng(svg: string): Promise<Uint8Array> {
	const {Resvg} = await import('@resvg/resvg-js');
	const require = createRequire(import.meta.url);
	const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map(name =>
		require.resolve(`dejavu-fonts-ttf/ttf/${name}`),
	);
	const resvg = new Resvg(svg, {
		fitTo: {mode: 'zoom', value: 2},
		font: {fontFiles, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans'},
	});
	return resvg.render().asPng();
}
