import {formatPercent, instantText} from '../format.ts';
import {busierDirections} from '../measures/infrastructure.ts';
import type {LinkSeries, VariantRun} from '../run-data.ts';
import {timeWeightedMean} from '../series.ts';
import {type Measured, shownRuns, shownVariants} from '../shown-runs.ts';
import {eventsOf, sharedEvent} from '../timeline-events.ts';
import {changeMarks} from './change-marks.ts';
import type {Figure, FigureSpec, Layout} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';
import {inks, seriesColours} from './theme.ts';
import {endOf, timeAxis} from './time-axis.ts';

const linksMax = 4;
const samplesMax = 1900;
/** What the axis at the left of a panel takes. */
const axisPx = 76;

/** How full are the links, and which is the tightest? Changed links first, then by how full they are. */
export function linksFigure(measured: Measured): Figure {
	const variants = shownVariants(measured);
	const changed = new Set(measured.data.runs.flatMap(({changes}) => changes.map(({link}) => link)));
	const used = variants
		.flatMap(variant => shownRuns(measured, variant).slice(0, 1))
		.flatMap(run => busierDirections(run).map(direction => ({run, direction, fill: fillOf(run, direction)})));
	const fullest = Map.groupBy(used, ({direction}) => direction.link);
	const ranked = [...fullest]
		.map(([link, uses]) => ({link, uses, fill: Math.max(...uses.map(({fill}) => fill))}))
		.sort((a, b) => Number(changed.has(b.link)) - Number(changed.has(a.link)) || b.fill - a.fill)
		.slice(0, linksMax);
	if (ranked.length === 0) {
		return {kind: 'missing', title: 'Links', reason: 'no link was sampled'};
	}
	const title = titleOf(measured, used);
	const lineCount = ranked.reduce((sum, {uses}) => sum + uses.length, 0);
	const endSeconds = endOf(measured);
	return {
		kind: 'drawn',
		title,
		reading: `Filled: what crossed the link in its busier direction, headers of every frame included${measured.data.document.repeats > 1 ? ', in the first repeat shown' : ''}. Line: what it can carry. Links that the timeline changes come first, then the fullest${fullest.size > linksMax ? `; ${fullest.size - linksMax} more are in the records` : ''}.`,
		spec: layout =>
			panelled({
				title,
				layout,
				panels: ranked.flatMap(({link, uses}, row) =>
					uses.map(({run, direction}) =>
						panelSpec({
							title: panelTitle(link, run.variant),
							direction,
							pointsMax: Math.floor(samplesMax / lineCount),
							marks: changeMarks({
								events: eventsOf(run),
								ofLink: link,
								y: topOf(direction),
								endSeconds,
								widthPx: plotWidthPx(uses.length, layout, axisPx),
							}),
							endSeconds,
							panelCount: uses.length,
							isLast: row === ranked.length - 1,
							layout,
						}),
					),
				),
			}),
	};
}

function panelSpec({
	title,
	direction,
	pointsMax,
	marks,
	endSeconds,
	panelCount,
	isLast,
	layout,
}: {
	readonly title: FigureSpec;
	readonly direction: LinkSeries;
	readonly pointsMax: number;
	readonly marks: readonly FigureSpec[];
	readonly endSeconds: number;
	readonly panelCount: number;
	/** The row below which the time axis has its title. */
	readonly isLast: boolean;
	readonly layout: Layout;
}): FigureSpec {
	const points = thinned(direction, pointsMax, endSeconds);
	const x = isLast ? timeAxis(endSeconds) : {...timeAxis(endSeconds), title: null};
	const scale = {domain: [0, topOf(direction)], nice: false};
	return {
		title,
		width: plotWidthPx(panelCount, layout, axisPx),
		height: 100,
		layer: [
			{
				data: {values: points},
				mark: {type: 'area', interpolate: 'step-before', color: seriesColours[0], opacity: 0.75},
				encoding: {
					x,
					y: {field: 'megabitsPerSecond', type: 'quantitative', title: 'Mbit/s', scale, axis: {tickCount: 4}},
				},
			},
			{
				data: {values: points},
				mark: {type: 'line', interpolate: 'step-before', color: inks.light.ink, strokeWidth: 2},
				encoding: {x, y: {field: 'capacityMegabitsPerSecond', type: 'quantitative', scale}},
			},
			...marks,
		],
	};
}

/** At most so many points: neighbours are taken together, the rate by its mean, the capacity as it was last. */
function thinned({samples}: LinkSeries, pointsMax: number, endSeconds: number): readonly FigureSpec[] {
	const driving = samples.filter(({t}) => t >= 0 && t <= endSeconds);
	const group = Math.max(1, Math.ceil(driving.length / pointsMax));
	return Array.from({length: Math.ceil(driving.length / group)}, (_, index) => {
		const part = driving.slice(index * group, (index + 1) * group);
		const mean = part.reduce((sum, {bitsPerSecond}) => sum + bitsPerSecond, 0) / part.length;
		return {
			seconds: Number((part.at(-1)?.t ?? 0).toPrecision(6)),
			megabitsPerSecond: Number((mean / 1e6).toPrecision(5)),
			capacityMegabitsPerSecond: (part.at(-1)?.capacityBitsPerSecond ?? 0) / 1e6,
		};
	});
}

function topOf({samples}: LinkSeries): number {
	const most = samples.reduce((top, one) => Math.max(top, one.capacityBitsPerSecond, one.bitsPerSecond), 0);
	return (most / 1e6) * 1.3;
}

/** Mean share of its capacity that a direction carried while driving. */
function fillOf(run: VariantRun, {samples}: LinkSeries, fromSeconds = 0): number {
	const shares = samples.map(({bitsPerSecond, capacityBitsPerSecond}, index) => ({
		t: samples[index - 1]?.t ?? 0,
		value: capacityBitsPerSecond > 0 ? bitsPerSecond / capacityBitsPerSecond : 0,
	}));
	return timeWeightedMean(shares, ({value}) => value, {fromSeconds, toSeconds: run.observedSeconds}) ?? 0;
}

function titleOf(
	measured: Measured,
	used: ReadonlyArray<{readonly run: VariantRun; readonly direction: LinkSeries}>,
): string {
	const event = sharedEvent(measured);
	const fromSeconds = event?.atSeconds ?? 0;
	const [tightest] = used
		.map(({run, direction}) => ({run, direction, fill: fillOf(run, direction, fromSeconds)}))
		.sort((a, b) => b.fill - a.fill);
	if (!tightest) {
		return 'No link was sampled';
	}
	const when = event ? ` after ${instantText(fromSeconds)}` : '';
	if (tightest.fill === 0) {
		return `No link carried anything${when}`;
	}
	return `The tightest link is ${tightest.direction.link}: filled to ${formatPercent(tightest.fill)} on average${when} in ${tightest.run.variant}`;
}
