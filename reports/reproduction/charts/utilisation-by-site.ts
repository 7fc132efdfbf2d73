import {publishedValueOf} from '../../published/value-of.ts';
import {computeSitesOf, type FigureDraws, runsOf, variantsOf} from '../figure-draws.ts';
import {barChart} from './bars.ts';
import type {Chart} from './chart.ts';

/** Figure 9: how busy edge, in-transit and core are at most. */
export function utilisationBySite(draws: FigureDraws): Chart {
	const variants = variantsOf(draws);
	const [first] = variants.flatMap(variant => runsOf(draws, variant));
	const panels = (first ? computeSitesOf(first) : []).map(site => ({
		title: site,
		axisTitle: 'Workers reserved at most, in %',
		bars: variants.map(variant => ({
			name: variant,
			drawnRatio: runsOf(draws, variant).flatMap(
				run => publishedValueOf(run, {variant, measure: `utilisation.${site}.max`}) ?? [],
			),
			printedRatio: printedValue(draws, variant, `utilisation.${site}.max`),
		})),
	}));
	return {
		reading:
			'Bars are means over the seeds of the most that a draw reserved, lines their 95\u00a0% intervals, upright ticks what the paper prints.',
		spec: layout => barChart({title: draws.figure.question, layout, panels}),
	};
}

function printedValue({figure}: FigureDraws, variant: string, measure: string): number | undefined {
	const conditions = figure.claims.filter(({origin}) => origin === 'printed').flatMap(claim => claim.conditions);
	const printed = conditions.find(
		condition => condition.kind === 'value' && condition.of.variant === variant && condition.of.measure === measure,
	);
	return printed?.kind === 'value' ? printed.printed : undefined;
}
