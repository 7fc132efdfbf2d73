import {formatPercent, instantText, listed} from '../format.ts';
import {classesOf, deliveredResolution} from '../series.ts';
import {type Measured, meanOf, shownRuns, shownVariants} from '../shown-runs.ts';
import {eventsOfVariant, sharedEvent} from '../timeline-events.ts';
import {changeMarks} from './change-marks.ts';
import {classColour, classDash, className} from './class-scale.ts';
import type {Figure} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';
import {endOf, gridOf, timeAxis} from './time-axis.ts';

/** Which resolution do the streams bring over time, by class? */
export function resolutionFigure(measured: Measured): Figure {
	const variants = shownVariants(measured);
	const classes = classesOf(measured.data.runs);
	const endSeconds = endOf(measured);
	const grid = gridOf(endSeconds, variants.length * classes.length);
	const panels = variants.map(variant => ({
		variant,
		points: classes.flatMap(ratio =>
			grid.map(seconds => ({
				seconds,
				class: className(ratio),
				percent: percentAt(measured, variant, ratio, seconds),
			})),
		),
	}));
	if (!panels.some(({points}) => points.some(({percent}) => percent !== null))) {
		return {kind: 'missing', title: 'Resolution over time', reason: 'no chunk was delivered'};
	}
	const title = titleOf(measured, grid);
	return {
		kind: 'drawn',
		title,
		reading:
			'Resolution is the share of the full image that arrives, along each side; 50 % has a quarter of the bytes. Each line is the mean of the latest chunks of one class, and breaks where none of its streams delivers.',
		spec: layout =>
			panelled({
				title,
				layout,
				panels: panels.map(({variant, points}) => ({
					title: panelTitle(variant),
					width: plotWidthPx(variants.length, layout),
					height: layout.name === 'wide' ? 210 : 150,
					layer: [
						{
							data: {values: points},
							mark: {type: 'line', interpolate: 'step-after', strokeWidth: 2.5, invalid: 'break-paths-filter-domains'},
							encoding: {
								x: timeAxis(endSeconds),
								y: {
									field: 'percent',
									type: 'quantitative',
									title: 'Mean resolution in %',
									scale: {domain: [0, 124], nice: false},
									axis: {values: [0, 20, 40, 60, 80, 100]},
								},
								color: {
									...classColour(classes),
									legend: {orient: 'top', direction: 'horizontal', symbolType: 'stroke', symbolSize: 500},
								},
								strokeDash: classDash(classes),
							},
						},
						...changeMarks({
							events: eventsOfVariant(measured, variant),
							y: 123,
							endSeconds,
							widthPx: plotWidthPx(variants.length, layout),
						}),
					],
				})),
			}),
	};
}

function percentAt(measured: Measured, variant: string, ratio: number, seconds: number): number | null {
	const mean = meanOf(
		shownRuns(measured, variant).map(run =>
			seconds <= run.observedSeconds ? deliveredResolution(run, ratio, seconds) : undefined,
		),
	);
	return mean === undefined ? null : Number((mean * 100).toPrecision(4));
}

function titleOf(measured: Measured, grid: readonly number[]): string {
	const event = sharedEvent(measured);
	const from = event?.atSeconds ?? 0;
	const lows = shownVariants(measured).map(variant => {
		const means = shownRuns(measured, variant).flatMap(run =>
			grid
				.filter(seconds => seconds >= from && seconds <= run.observedSeconds)
				.flatMap(seconds => deliveredResolution(run, null, seconds) ?? []),
		);
		return means.length === 0
			? `${variant} delivers nothing`
			: `${variant} ${formatPercent(means.reduce((least, mean) => Math.min(least, mean)))}`;
	});
	return `Lowest mean resolution ${event ? `after ${instantText(from)}` : 'of the run'}: ${listed(lows)}`;
}
