import type {Seconds} from '#core/units.ts';
import {changeMarks} from '../../figures/change-marks.ts';
import {className} from '../../figures/class-scale.ts';
import type {FigureSpec, Layout} from '../../figures/figure.ts';
import {panelled, panelTitle, plotWidthPx} from '../../figures/panels.ts';
import {gridOf, timeAxis} from '../../figures/time-axis.ts';
import type {VariantRun} from '../../run-data.ts';
import {classesOf, deliveredResolution, deliveringCount, type StreamClass} from '../../series.ts';
import {meanOf} from '../../shown-runs.ts';
import {eventsOf} from '../../timeline-events.ts';
import {type FigureDraws, runsOf, variantsOf} from '../figure-draws.ts';
import {byField, type Chart} from './chart.ts';

/** Figure 10: streams that deliver and their resolution, by class, around the drop of a link. */
export function aroundTheDrop(draws: FigureDraws): Chart {
	const variants = variantsOf(draws);
	const panels = variants.flatMap(variant => [
		{variant, what: 'streams delivering', axisTitle: 'Streams delivering', seriesOf: deliveringCount},
		{
			variant,
			what: 'mean resolution',
			axisTitle: 'Mean resolution in %',
			seriesOf: (run: VariantRun, streamClass: StreamClass, seconds: Seconds) => {
				const ratio = deliveredResolution(run, streamClass, seconds);
				return ratio === undefined ? undefined : ratio * 100;
			},
		},
	]);
	return {
		reading:
			'One line for each minimum resolution, mean over the seeds. Resolution is shown while streams of the class deliver.',
		spec: layout =>
			panelled({
				title: draws.figure.question,
				layout: {...layout, columnCountMax: Math.min(2, layout.columnCountMax)},
				panels: panels.map(panel => panelOf({...panel, draws, panelCount: panels.length, layout})),
			}),
	};
}

function panelOf({
	draws,
	variant,
	what,
	axisTitle,
	seriesOf,
	panelCount,
	layout,
}: {
	readonly draws: FigureDraws;
	readonly variant: string;
	readonly what: string;
	readonly axisTitle: string;
	readonly seriesOf: (run: VariantRun, streamClass: StreamClass, seconds: Seconds) => number | undefined;
	readonly panelCount: number;
	readonly layout: Layout;
}): FigureSpec {
	const runs = runsOf(draws, variant);
	const classes = classesOf(runs);
	const endSeconds = Math.max(...runs.map(run => run.observedSeconds));
	const points = classes.flatMap(streamClass =>
		gridOf(endSeconds, classes.length * panelCount).map(seconds => ({
			class: className(streamClass),
			seconds,
			value: meanOf(runs.map(run => seriesOf(run, streamClass, seconds))) ?? null,
		})),
	);
	const most = Math.max(1, ...points.map(({value}) => value ?? 0));
	const widthPx = plotWidthPx(2, {...layout, columnCountMax: Math.min(2, layout.columnCountMax)});
	return {
		title: panelTitle(`${variant}: ${what}`),
		width: widthPx,
		height: 190,
		layer: [
			{
				data: {values: points},
				mark: {type: 'line', interpolate: 'step-after', strokeWidth: 2, invalid: 'break-paths-filter-domains'},
				encoding: {
					x: timeAxis(endSeconds),
					y: {
						field: 'value',
						type: 'quantitative',
						title: axisTitle,
						scale: {domain: [0, most * 1.25], nice: false},
						axis: {values: ticksTo(most)},
					},
					...byField('class', classes.map(className), 'Minimum resolution asked for'),
				},
			},
			...changeMarks({events: runs.slice(0, 1).flatMap(eventsOf), y: most * 1.24, endSeconds, widthPx}),
		],
	};
}

/** Whole steps from 0, up to the most there is: the room above it is for the label of the change. */
function ticksTo(most: number): readonly number[] {
	const step = Math.max(1, Math.round(most / 5));
	return Array.from({length: Math.floor(most / step) + 1}, (_, index) => index * step);
}
