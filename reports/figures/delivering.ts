import {instantText, listed} from '../format.ts';
import {classesOf, deliveringCount} from '../series.ts';
import {type Measured, meanOf, shownRuns, shownVariants} from '../shown-runs.ts';
import {leftText, survivalOf} from '../survivors.ts';
import {eventsOfVariant, sharedEvent} from '../timeline-events.ts';
import {changeMarks} from './change-marks.ts';
import {classColour, className} from './class-scale.ts';
import type {Figure, FigureSpec, Layout} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';
import {endOf, gridOf, timeAxis} from './time-axis.ts';

/** How many streams are delivered at each time, by class? */
export function deliveringFigure(measured: Measured): Figure {
	const variants = shownVariants(measured);
	const classes = classesOf(measured.data.runs);
	const endSeconds = endOf(measured);
	if (classes.length === 0 || endSeconds === 0) {
		return {kind: 'missing', title: 'Streams delivered over time', reason: 'no stream was started'};
	}
	const grid = gridOf(endSeconds, variants.length * classes.length);
	const panels = variants.map(variant => ({
		variant,
		points: classes.flatMap(ratio =>
			grid.map(seconds => ({
				seconds,
				class: className(ratio),
				ratio,
				count:
					meanOf(
						shownRuns(measured, variant).map(run =>
							seconds <= run.observedSeconds ? deliveringCount(run, ratio, seconds) : undefined,
						),
					) ?? null,
			})),
		),
	}));
	const most = Math.max(1, ...variants.map(variant => survivalOf(measured, variant).startedCount));
	return {
		kind: 'drawn',
		title: titleOf(measured),
		reading:
			'The height of a band is the number of streams of one class that deliver: each brought a chunk within the last two periods. Where a band breaks off, its streams were stopped or brought nothing.',
		spec: layout =>
			panelled({
				title: titleOf(measured),
				layout,
				panels: panels.map(panel => panelSpec({...panel, measured, classes, most, endSeconds, layout})),
			}),
	};
}

function panelSpec({
	variant,
	points,
	measured,
	classes,
	most,
	endSeconds,
	layout,
}: {
	readonly variant: string;
	readonly points: readonly FigureSpec[];
	readonly measured: Measured;
	readonly classes: readonly number[];
	readonly most: number;
	readonly endSeconds: number;
	readonly layout: Layout;
}): FigureSpec {
	const widthPx = plotWidthPx(shownVariants(measured).length, layout);
	return {
		title: panelTitle(variant),
		width: widthPx,
		height: layout.name === 'wide' ? 210 : 150,
		layer: [
			{
				data: {values: points},
				mark: {type: 'area', interpolate: 'step-after'},
				encoding: {
					x: timeAxis(endSeconds),
					y: {
						field: 'count',
						type: 'quantitative',
						stack: 'zero',
						title: 'Streams delivering',
						// Room above the bands for the label of the change.
						scale: {domain: [0, most * 1.25], nice: false},
						axis: {tickMinStep: 1, tickCount: 6},
					},
					color: classColour(classes),
					order: {field: 'ratio', sort: 'ascending'},
				},
			},
			...changeMarks({events: eventsOfVariant(measured, variant), y: most * 1.24, endSeconds, widthPx}),
		],
	};
}

function titleOf(measured: Measured): string {
	const parts = listed(
		shownVariants(measured).map(variant => `${leftText(survivalOf(measured, variant))} in ${variant}`),
	);
	const event = sharedEvent(measured);
	return event
		? `Streams left after ${event.words} at ${instantText(event.atSeconds)}: ${parts}`
		: `Streams that still deliver at the end: ${parts}`;
}
