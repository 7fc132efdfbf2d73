import {publishedValueOf} from '../../published/value-of.ts';
import {type FigureDraws, runsOf, variantsOf} from '../figure-draws.ts';
import {barChart} from './bars.ts';
import type {Chart} from './chart.ts';

/** Figure 11: what requests with a longer deadline get. */
export function byDeadline(draws: FigureDraws): Chart {
	const runs = variantsOf(draws).flatMap(variant => runsOf(draws, variant));
	const deadlines = [
		...new Set(runs.flatMap(({requests}) => requests.flatMap(({deadlineSeconds}) => deadlineSeconds ?? []))),
	].sort((a, b) => a - b);
	const panel = (measure: string, title: string, axisTitle: string) => ({
		title,
		axisTitle,
		bars: deadlines.map(deadlineSeconds => ({
			name: `${deadlineSeconds}\u00a0s`,
			drawnRatio: runs.flatMap(run => publishedValueOf(run, {variant: run.variant, measure, deadlineSeconds}) ?? []),
		})),
	});
	return {
		reading: 'By deadline: bars are means over the seeds, lines their 95\u00a0% intervals.',
		spec: layout =>
			barChart({
				title: draws.figure.question,
				layout,
				panels: [
					panel('acceptanceRatio', 'Streams: requests accepted', 'Requests accepted in %'),
					panel('resolution.mean', 'Resolution', 'Mean resolution in %'),
				],
			}),
	};
}
