import {type Agreement, agreementsOf} from './compare-agreement.ts';
import {type Explanation, explanationsOf} from './compare-explanations.ts';
import {type ComparedMeasure, compareMeasures} from './compare-measures.ts';
import type {VariantRun} from './run-data.ts';
import type {EstimatedMeasure} from './summary-schema.ts';

/** One variant of one of two runs: the draws that its statistics are of, and these. */
export type ComparedSide = {readonly runs: readonly VariantRun[]; readonly measures: readonly EstimatedMeasure[]};

export type ComparedVariant = {
	readonly measures: readonly ComparedMeasure[];
	readonly agreements: readonly Agreement[];
	readonly explanations: readonly Explanation[];
};

/** Holds the draws of a variant against those of the same repeats in another run. */
export function compareVariant({
	variant,
	a,
	b,
}: {
	readonly variant: string;
	readonly a: ComparedSide;
	readonly b: ComparedSide;
}): ComparedVariant {
	const pairs = a.runs.flatMap(run => {
		const other = b.runs.find(({repeat}) => repeat === run.repeat);
		return other ? [{a: run, b: other}] : [];
	});
	return {
		measures: compareMeasures({variant, a: a.measures, b: b.measures}),
		agreements: agreementsOf(variant, pairs),
		explanations: explanationsOf(variant, pairs),
	};
}
