import {formatPercent} from '../format.ts';
import type {Measured} from '../shown-runs.ts';
import {findEstimate} from '../summary.ts';
import type {Figure} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';
import {inks, seriesColours} from './theme.ts';

/** How many of each site's workers are taken? */
export function utilisationFigure(measured: Measured): Figure {
	const rows = measured.summary.variants.flatMap(summarised =>
		summarised.measures.flatMap(({measure, mean}) => {
			const [, site] = /^utilisation\.(.+)\.max$/.exec(measure) ?? [];
			const average = site && findEstimate(summarised, `utilisation.${site}.mean`)?.mean;
			return site === undefined || mean === null || typeof average !== 'number'
				? []
				: {
						variant: summarised.variant,
						site,
						meanPercent: Number((average * 100).toPrecision(4)),
						maxPercent: Number((mean * 100).toPrecision(4)),
						label: `${formatPercent(average)}, at most ${formatPercent(mean)}`,
						ratio: mean,
					};
		}),
	);
	const [busiest] = rows.toSorted((a, b) => b.ratio - a.ratio);
	if (!busiest) {
		return {kind: 'missing', title: 'Use of the sites', reason: 'no site was sampled'};
	}
	const title =
		busiest.ratio === 0
			? 'No site had a worker reserved'
			: `${busiest.site} is the busiest site: at most ${formatPercent(busiest.ratio)} of its workers reserved, in ${busiest.variant}`;
	const sites = [...new Set(rows.map(({site}) => site))];
	const variants = [...new Set(rows.map(({variant}) => variant))];
	return {
		kind: 'drawn',
		title,
		reading: 'Bar: share of a site’s workers reserved for streams, mean over driving. Tick: the most at any time.',
		spec: layout =>
			panelled({
				title,
				layout,
				panels: variants.map(variant => ({
					title: panelTitle(variant),
					width: plotWidthPx(variants.length, layout, 92),
					height: {step: 42},
					data: {values: rows.filter(row => row.variant === variant)},
					encoding: {
						y: {
							field: 'site',
							type: 'nominal',
							sort: sites,
							title: null,
							axis: {labelLimit: 110, domain: false, ticks: false},
						},
					},
					layer: [
						{
							mark: {type: 'bar', color: seriesColours[0], height: 14},
							encoding: {
								x: {
									field: 'meanPercent',
									type: 'quantitative',
									title: 'Workers reserved in %',
									scale: {domain: [0, 100]},
									axis: {values: [0, 25, 50, 75, 100]},
								},
							},
						},
						{
							mark: {type: 'tick', color: inks.light.ink, thickness: 3, height: 18},
							encoding: {x: {field: 'maxPercent', type: 'quantitative'}},
						},
						{
							mark: {type: 'text', align: 'left', dy: -17, fontSize: 11},
							encoding: {x: {datum: 0, type: 'quantitative'}, text: {field: 'label'}},
						},
					],
				})),
			}),
	};
}
