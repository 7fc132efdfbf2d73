import {type ComparedVariant, compareVariant} from '../compare-variant.ts';
import {measureVariantRun} from '../measures.ts';
import type {VariantRun} from '../run-data.ts';
import {estimateMeasures} from '../summary.ts';
import type {FigureDraws} from './figure-draws.ts';
import {countedDraws, type RealFigure} from './real-links.ts';

/** One variant, simulated (`a`) against driven (`b`), over the seeds that count. */
export type CrossCheck = ComparedVariant & {readonly variant: string; readonly seedCount: number};

/**
 * Holds every variant that was driven against simulations of the same scenario and seeds. The simulated draws begin with
 * the first seed of the driven ones and are in their order.
 */
export function crossCheck(real: RealFigure, simulated: FigureDraws): readonly CrossCheck[] {
	const {draws} = countedDraws(real);
	return real.data.document.variants.flatMap(variant => {
		const pairs = draws.flatMap((draw, repeat) => {
			const [driven, model] = [draw.get(variant), simulated.draws[repeat]?.get(variant)];
			return driven && model ? [{driven, model: {...model, repeat}}] : [];
		});
		if (pairs.length === 0) {
			return [];
		}
		const [a, b] = [sideOf(pairs.map(({model}) => model)), sideOf(pairs.map(({driven}) => driven))];
		return {variant, seedCount: pairs.length, ...compareVariant({variant, a, b})};
	});
}

function sideOf(runs: readonly VariantRun[]) {
	return {runs, measures: estimateMeasures(runs.map(measureVariantRun))};
}
