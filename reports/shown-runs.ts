import type {RunData, VariantRun} from './run-data.ts';
import type {Summary} from './summary-schema.ts';

/** What figures and findings are made from. */
export type Measured = {readonly data: RunData; readonly summary: Summary};

/** The repeats of a variant that its statistics are of: those that count or, where none does, all. */
export function shownRuns({data, summary}: Measured, variant: string): readonly VariantRun[] {
	const summarised = summary.variants.find(one => one.variant === variant);
	const shown =
		summarised?.repeats.filter(({counted}) => counted || !summarised.trusted).map(({repeat}) => repeat) ?? [];
	return data.runs.filter(run => run.variant === variant && shown.includes(run.repeat));
}

/** Variants that have records, in the order of the run. */
export function shownVariants(measured: Measured): readonly string[] {
	return measured.summary.variants
		.map(({variant}) => variant)
		.filter(variant => shownRuns(measured, variant).length > 0);
}

export function meanOf(values: ReadonlyArray<number | undefined>): number | undefined {
	const known = values.filter(value => value !== undefined);
	return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
