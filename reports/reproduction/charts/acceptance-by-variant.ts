import {publishedValueOf} from '../../published/value-of.ts';
import {type FigureDraws, runsOf, variantsOf} from '../figure-draws.ts';
import {barChart} from './bars.ts';
import type {Chart} from './chart.ts';

/** Figure 8: the share of the requests that is accepted. */
export function acceptanceByVariant(draws: FigureDraws): Chart {
	const bars = variantsOf(draws).map(variant => ({
		name: variant,
		drawnRatio: runsOf(draws, variant).flatMap(
			run => publishedValueOf(run, {variant, measure: 'acceptanceRatio'}) ?? [],
		),
	}));
	return {
		reading: 'Bars are means over the seeds, lines their 95\u00a0% intervals. The paper’s own values are not known.',
		spec: layout =>
			barChart({
				title: draws.figure.question,
				layout,
				panels: [{title: 'Acceptance ratio', axisTitle: 'Requests accepted in %', bars}],
			}),
	};
}
