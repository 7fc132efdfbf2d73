import type {DrawPair} from './compare-agreement.ts';
import {type Fact, facts} from './compare-facts.ts';
import type {ComparedMeasure} from './compare-measures.ts';
import {meanOf} from './shown-runs.ts';

/** Something that the records of two runs say differently, and the measures that it moves. */
export type Explanation = Pick<Fact, 'fact' | 'unit' | 'moves'> & {
	readonly variant: string;
	/** Mean over the draws. */
	readonly a: number;
	readonly b: number;
};

/** Every fact in which the draws of a variant differ. */
export function explanationsOf(variant: string, pairs: readonly DrawPair[]): readonly Explanation[] {
	return facts.flatMap(({fact, unit, moves, limit, valuesOf}) => {
		const values = pairs.flatMap(pair => valuesOf(pair) ?? []);
		const [a, b] = [meanOf(values.map(one => one.a)), meanOf(values.map(one => one.b))];
		return a === undefined || b === undefined || Math.abs(b - a) <= limit ? [] : [{variant, fact, unit, moves, a, b}];
	});
}

/** A difference of less than this asks for no explanation. */
const explainedFromRatio = 0.001;

/** What may explain the difference of a measure; nothing where there is none. */
export function explanationsFor(
	{variant, measure, differenceRatio, a, b}: ComparedMeasure,
	explanations: readonly Explanation[],
): readonly Explanation[] {
	const isDifferent =
		differenceRatio === null ? a !== null && b !== null : Math.abs(differenceRatio) >= explainedFromRatio;
	return explanations.filter(
		one => isDifferent && one.variant === variant && one.moves.some(prefix => measure.startsWith(prefix)),
	);
}
