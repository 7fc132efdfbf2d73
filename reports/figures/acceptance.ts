import {formatPercent, listed} from '../format.ts';
import {classesOf} from '../series.ts';
import type {Measured} from '../shown-runs.ts';
import {findEstimate} from '../summary.ts';
import {classColour, className} from './class-scale.ts';
import type {Figure} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';

/** Which requests are accepted? */
export function acceptanceFigure(measured: Measured): Figure {
	const classes = classesOf(measured.data.runs);
	const rows = measured.summary.variants.flatMap(summarised =>
		classes.flatMap(ratio => {
			const mean = findEstimate(summarised, 'acceptanceRatio', ratio)?.mean;
			if (mean === null || mean === undefined) {
				return [];
			}
			const accepted = findEstimate(summarised, 'requests.accepted', ratio)?.mean ?? 0;
			const arrived = findEstimate(summarised, 'requests.arrived', ratio)?.mean ?? 0;
			return {
				variant: summarised.variant,
				class: className(ratio),
				percent: Number((mean * 100).toPrecision(4)),
				label: `${Number(accepted.toPrecision(3))} of ${Number(arrived.toPrecision(3))}`,
			};
		}),
	);
	if (rows.length === 0) {
		return {kind: 'missing', title: 'Acceptance', reason: 'no request arrived'};
	}
	const variants = [...new Set(rows.map(({variant}) => variant))];
	const title = titleOf(measured);
	return {
		kind: 'drawn',
		title,
		reading:
			'A request is accepted when workers and bandwidth can be reserved so that every chunk makes its deadline. The numbers are requests, by the minimum resolution they asked for.',
		spec: layout =>
			panelled({
				title,
				layout,
				panels: variants.map(variant => ({
					title: panelTitle(variant),
					width: plotWidthPx(variants.length, layout, 66),
					height: {step: 26},
					data: {values: rows.filter(row => row.variant === variant)},
					encoding: {
						y: {
							field: 'class',
							type: 'nominal',
							sort: classes.map(className),
							title: null,
							axis: {domain: false, ticks: false},
						},
						x: {
							field: 'percent',
							type: 'quantitative',
							title: 'Requests accepted in %',
							scale: {domain: [0, 125]},
							axis: {values: [0, 25, 50, 75, 100]},
						},
					},
					layer: [
						{mark: {type: 'bar', height: 16}, encoding: {color: {...classColour(classes), legend: null}}},
						{mark: {type: 'text', align: 'left', dx: 5}, encoding: {text: {field: 'label'}}},
					],
				})),
			}),
	};
}

function titleOf({summary}: Measured): string {
	const ratios = summary.variants.flatMap(summarised => {
		const mean = findEstimate(summarised, 'acceptanceRatio')?.mean;
		return mean === null || mean === undefined ? [] : {variant: summarised.variant, mean};
	});
	const [first] = ratios;
	if (first && ratios.every(({mean}) => mean === first.mean)) {
		const share = first.mean === 1 ? 'Every request is' : `${formatPercent(first.mean)} of the requests are`;
		return `${share} accepted${ratios.length > 1 ? ', in every variant' : ''}`;
	}
	return `Requests accepted: ${listed(ratios.map(({variant, mean}) => `${formatPercent(mean)} in ${variant}`))}`;
}
