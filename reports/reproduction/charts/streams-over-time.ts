import {panelled, plotWidthPx} from '../../figures/panels.ts';
import {gridOf, timeAxis} from '../../figures/time-axis.ts';
import {meanOf} from '../../shown-runs.ts';
import {type FigureDraws, runsOf, variantsOf} from '../figure-draws.ts';
import {openCount} from '../open-count.ts';
import {byField, type Chart} from './chart.ts';

/** Figures 6 and 7: how many streams are served at each time. */
export function streamsOverTime(draws: FigureDraws): Chart {
	const variants = variantsOf(draws);
	const endSeconds = Math.max(...variants.flatMap(variant => runsOf(draws, variant).map(run => run.observedSeconds)));
	const points = variants.flatMap(variant =>
		gridOf(endSeconds, variants.length).map(seconds => ({
			variant,
			seconds,
			count: meanOf(runsOf(draws, variant).map(run => openCount(run, null, seconds))) ?? 0,
		})),
	);
	return {
		reading: 'Streams that were started and have not ended, mean over the seeds. Single draws reach higher peaks.',
		spec: layout =>
			panelled({
				title: draws.figure.question,
				layout,
				panels: [
					{
						width: plotWidthPx(1, layout),
						height: 250,
						data: {values: points},
						mark: {type: 'line', interpolate: 'step-after', strokeWidth: 2},
						encoding: {
							x: timeAxis(endSeconds),
							y: {field: 'count', type: 'quantitative', title: 'Streams served at once'},
							...byField('variant', variants, 'Variant'),
						},
					},
				],
			}),
	};
}
