import type {PublishedClaim} from '../published/schema.ts';
import type {RunData, VariantRun} from '../run-data.ts';
import type {FigureDraws, PublishedFigure} from './figure-draws.ts';
import {type ClaimResult, judgeFigure} from './judge-figure.ts';

/** A figure as it was driven over real links with one transport: one run, a repeat for each seed. */
export type RealFigure = {
	readonly figure: PublishedFigure;
	readonly transport: string;
	readonly data: RunData;
};

/** A claim held against the draws that count for it: those in which all its variants do. */
export type RealClaim = {readonly result: ClaimResult; readonly drawCount: number};

/** Whether a draw takes part in the statistics: it went to its end, and its verdict is not invalid. */
export function isCounted({ended, outcome}: VariantRun): boolean {
	return ended?.outcome === 'completed' && outcome !== undefined && outcome.verdict !== 'invalid';
}

/** The draws of a figure that count, a seed each; a variant that does not count in a draw is missing there. */
export function countedDraws({figure, data}: Omit<RealFigure, 'transport'>): FigureDraws {
	const repeats = Array.from({length: data.document.repeats}, (_, repeat) => repeat);
	return {
		figure,
		draws: repeats.map(
			repeat =>
				new Map(
					data.runs.filter(run => run.repeat === repeat && isCounted(run)).map(run => [run.variant, run] as const),
				),
		),
	};
}

/** Holds the claims whose variants were driven against the draws that count. */
export function judgeRealFigure(real: RealFigure): readonly RealClaim[] {
	const {figure, draws} = countedDraws(real);
	const {variants} = real.data.document;
	return figure.claims
		.filter(claim => variantsIn(claim).every(variant => variants.includes(variant)))
		.flatMap(claim => {
			const usable = draws.filter(draw => variantsIn(claim).every(variant => draw.has(variant)));
			const judged = judgeFigure({figure: {...figure, claims: [claim]}, draws: usable});
			return judged.map(result => ({result, drawCount: usable.length}));
		});
}

/** Every variant that a claim looks at. */
export function variantsIn({conditions}: PublishedClaim): readonly string[] {
	const selectors = conditions.flatMap(condition => {
		switch (condition.kind) {
			case 'value':
				return [condition.of];
			case 'rising':
				return condition.of;
			case 'gain':
				return [condition.from, condition.to];
			default:
				return condition satisfies never;
		}
	});
	return [...new Set(selectors.map(({variant}) => variant))];
}
