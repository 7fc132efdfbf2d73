import type {Agreement} from './compare-agreement.ts';
import type {Explanation} from './compare-explanations.ts';
import type {ComparedMeasure} from './compare-measures.ts';
import {notesOn, obstaclesBetween} from './compare-obstacles.ts';
import {compareVariant} from './compare-variant.ts';
import {readRun} from './read-run.ts';
import {type Measured, shownRuns} from './shown-runs.ts';
import {summarise} from './summary.ts';
import type {VariantSummary} from './summary-schema.ts';

export type Comparison = {
	readonly a: string;
	readonly b: string;
	/** Whether the numbers may be held against one another. */
	readonly comparable: boolean;
	/** Why they may not. */
	readonly obstacles: readonly string[];
	/** What differs and does not stand in the way. */
	readonly notes: readonly string[];
	readonly measures: readonly ComparedMeasure[];
	/** How far the two go together, draw by draw. */
	readonly agreements: readonly Agreement[];
	/** What their records say differently, and what that moves. */
	readonly explanations: readonly Explanation[];
};

/** Puts two runs side by side, measure by measure, for the variants that both have. */
export async function compareRuns(folderA: string, folderB: string): Promise<Comparison> {
	const [a, b] = await Promise.all([measuredRun(folderA), measuredRun(folderB)]);
	const pairs = a.summary.variants.flatMap(variantA => {
		const variantB = b.summary.variants.find(({variant}) => variant === variantA.variant);
		return variantB ? {a: variantA, b: variantB} : [];
	});
	const obstacles = [...obstaclesBetween(a.data.document, b.data.document), ...pairs.flatMap(untrusted)];
	if (pairs.length === 0) {
		obstacles.push('the runs have no variant in common');
	}
	const compared = pairs.map(pair => {
		const {variant} = pair.a;
		const side = (measured: Measured, {measures}: VariantSummary) => ({runs: shownRuns(measured, variant), measures});
		return compareVariant({variant, a: side(a, pair.a), b: side(b, pair.b)});
	});
	return {
		a: folderA,
		b: folderB,
		comparable: obstacles.length === 0,
		obstacles,
		notes: notesOn(a.data.document, b.data.document),
		measures: compared.flatMap(({measures}) => measures),
		agreements: compared.flatMap(({agreements}) => agreements),
		explanations: compared.flatMap(({explanations}) => explanations),
	};
}

async function measuredRun(folder: string): Promise<Measured> {
	const data = await readRun(folder);
	return {data, summary: summarise(data)};
}

function untrusted({a, b}: {readonly a: VariantSummary; readonly b: VariantSummary}): readonly string[] {
	return [a, b].every(({trusted}) => trusted)
		? []
		: [`no repeat of ${a.variant} counts on ${a.trusted ? 'the second' : 'the first'} side`];
}
