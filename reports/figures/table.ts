import {acceptanceFigure} from './acceptance.ts';
import {deliveringFigure} from './delivering.ts';
import {detectionsFigure} from './detections.ts';
import type {FigureMaker} from './figure.ts';
import {latencyFigure} from './latency.ts';
import {linksFigure} from './links.ts';
import {mergingFigure} from './merging.ts';
import {resolutionFigure} from './resolution.ts';
import {utilisationFigure} from './utilisation.ts';

/** The figures of a report, in its order, by the name of their files. A new figure is a file and a line here. */
export const figureTable = {
	delivering: deliveringFigure,
	resolution: resolutionFigure,
	links: linksFigure,
	latency: latencyFigure,
	utilisation: utilisationFigure,
	acceptance: acceptanceFigure,
	merging: mergingFigure,
	detections: detectionsFigure,
} as const satisfies Record<string, FigureMaker>;
