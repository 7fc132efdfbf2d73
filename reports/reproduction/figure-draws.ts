import type {ScenarioLink} from '#core/scenario/schema.ts';
import type {Published} from '../published/schema.ts';
import type {VariantRun} from '../run-data.ts';

export type PublishedFigure = Published['figures'][number];

/** A figure of a paper with what was drawn for it. */
export type FigureDraws = {
	readonly figure: PublishedFigure;
	/** A seed each: the run of every variant, in the order of the scenario. */
	readonly draws: ReadonlyArray<ReadonlyMap<string, VariantRun>>;
};

/** The variants that every draw has, in the order of the scenario. */
export function variantsOf({draws}: FigureDraws): readonly string[] {
	return [...(draws[0]?.keys() ?? [])];
}

/** The runs of one variant, a seed each. */
export function runsOf({draws}: FigureDraws, variant: string): readonly VariantRun[] {
	return draws.flatMap(draw => draw.get(variant) ?? []);
}

/** Sites that compute, in the order in which the links lead to them. */
export function computeSitesOf({scenario}: VariantRun): readonly string[] {
	const onTheWay = scenario.topology.links.flatMap(({between}: ScenarioLink) => between);
	return [...new Set(onTheWay)].filter(site => scenario.topology.sites[site]?.role === 'compute');
}
