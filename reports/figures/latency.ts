import {latencyDoubt} from '../clock-doubt.ts';
import {listed, secondsText} from '../format.ts';
import {chunkCounts} from '../measures/chunks.ts';
import type {VariantRun} from '../run-data.ts';
import {type Measured, shownRuns, shownVariants} from '../shown-runs.ts';
import {findEstimate} from '../summary.ts';
import {cycled} from './class-scale.ts';
import type {Figure, FigureSpec} from './figure.ts';
import {panelled, plotWidthPx} from './panels.ts';
import {inks, seriesColours, seriesDashes} from './theme.ts';

const pointsMax = 1800;

/** How long do chunks take from their planned send, and which share makes the deadline? */
export function latencyFigure(measured: Measured): Figure {
	const told = (variant: string) => shownRuns(measured, variant).filter(run => latencyDoubt(run) === undefined);
	const doubt = shownVariants(measured).flatMap(variant =>
		shownRuns(measured, variant).flatMap(run => latencyDoubt(run) ?? []),
	)[0];
	const variants = shownVariants(measured).filter(variant => told(variant).length > 0);
	const points = variants.flatMap(variant =>
		distribution(told(variant), Math.floor(pointsMax / variants.length)).map(point => ({
			variant,
			...point,
		})),
	);
	if (points.length === 0) {
		return {kind: 'missing', title: 'Latency', reason: doubt ?? 'no chunk was delivered'};
	}
	const deadlines = deadlinesOf(measured);
	const title = titleOf(measured, deadlines);
	const seconds = [...points.map(point => point.seconds), ...deadlines];
	const domain = [Math.min(...seconds) * 0.95, Math.max(...seconds) * 1.05];
	return {
		kind: 'drawn',
		title,
		reading:
			'At each latency, the share of all chunks sent that had arrived by then, counted from the instant each was planned to leave. A line that ends below 100 % lost the rest. Further left is faster; the scale is logarithmic.',
		spec: layout =>
			panelled({
				title,
				layout,
				panels: [
					{
						width: plotWidthPx(1, layout),
						height: layout.name === 'wide' ? 280 : 230,
						layer: [
							{
								data: {values: points},
								mark: {type: 'line', interpolate: 'step-after', strokeWidth: 2.5},
								encoding: {
									x: {
										field: 'seconds',
										type: 'quantitative',
										title:
											layout.name === 'wide'
												? 'Latency from planned send, in seconds of scenario time (logarithmic scale)'
												: ['Latency from planned send,', 'in seconds of scenario time', '(logarithmic scale)'],
										scale: {type: 'log', domain, nice: false},
										axis: {grid: true, labelOverlap: true, format: '~g', tickCount: layout.name === 'wide' ? 12 : 6},
									},
									y: {
										field: 'percent',
										type: 'quantitative',
										title: 'Chunks arrived in %',
										scale: {domain: [0, 100]},
									},
									...variantEncoding(variants, layout.name === 'narrow'),
								},
							},
							...deadlineMarks(deadlines, domain),
						],
					},
				],
			}),
	};
}

function variantEncoding(variants: readonly string[], narrow: boolean): FigureSpec {
	const channel = {
		field: 'variant',
		type: 'nominal',
		title: 'Variant',
		legend: {orient: 'top', direction: narrow ? 'vertical' : 'horizontal', symbolType: 'stroke', symbolSize: 700},
	};
	return {
		color: {...channel, scale: {domain: variants, range: variants.map((_, index) => cycled(seriesColours, index))}},
		strokeDash: {...channel, scale: {domain: variants, range: variants.map((_, index) => cycled(seriesDashes, index))}},
	};
}

/** A rule for each deadline, its label on the side that has room. */
function deadlineMarks(deadlines: readonly number[], [least = 1, most = 1]: readonly number[]): readonly FigureSpec[] {
	const share = (at: number) => Math.log(at / least) / Math.log(most / least);
	const data = {values: deadlines.map(at => ({at, label: `deadline ${secondsText(at)}`, percent: 4}))};
	return [
		{
			data,
			mark: {type: 'rule', color: inks.light.alarm, strokeWidth: 1.5, strokeDash: [5, 3]},
			encoding: {x: {field: 'at', type: 'quantitative'}},
		},
		...[true, false].flatMap(isLeft => {
			const values = data.values.filter(({at}) => share(at) < 0.7 === isLeft);
			return values.length === 0 ? [] : [deadlineLabels(values, isLeft)];
		}),
	];
}

function deadlineLabels(values: readonly FigureSpec[], isLeft: boolean): FigureSpec {
	return {
		data: {values},
		mark: {type: 'text', color: inks.light.alarm, align: isLeft ? 'left' : 'right', dx: isLeft ? 5 : -5},
		encoding: {
			x: {field: 'at', type: 'quantitative'},
			y: {field: 'percent', type: 'quantitative'},
			text: {field: 'label'},
		},
	};
}

/** The share of settled chunks that arrived within each latency, thinned evenly. */
function distribution(runs: readonly VariantRun[], limit: number) {
	const latencies = runs
		.flatMap(({streams}) => streams.flatMap(({deliveries}) => deliveries.map(({latencySeconds}) => latencySeconds)))
		.filter(seconds => seconds > 0)
		.sort((a, b) => a - b);
	const settled = runs.reduce((sum, run) => {
		const {delivered, lost, corrupt} = chunkCounts(run, null);
		return sum + delivered + lost + corrupt;
	}, 0);
	const step = Math.max(1, Math.ceil(latencies.length / limit));
	const indices = latencies.flatMap((_, index) => (index % step === 0 || index === latencies.length - 1 ? index : []));
	return indices.map(index => ({
		seconds: Number((latencies[index] ?? 0).toPrecision(5)),
		percent: Number(((100 * (index + 1)) / settled).toPrecision(5)),
	}));
}

function deadlinesOf({data}: Measured): readonly number[] {
	const seconds = data.runs.flatMap(run => run.requests.flatMap(({deadlineSeconds}) => deadlineSeconds ?? []));
	return [...new Set(seconds)].sort((a, b) => a - b).slice(0, 4);
}

function titleOf(measured: Measured, deadlines: readonly number[]): string {
	const parts = measured.summary.variants.flatMap(summarised => {
		const p99 = findEstimate(summarised, 'latency.e2eMs.p99')?.mean;
		return p99 === null || p99 === undefined ? [] : `${secondsText(p99 / 1000)} in ${summarised.variant}`;
	});
	const deadline = deadlines.length === 1 ? `; the deadline is ${secondsText(deadlines[0] ?? 0)}` : '';
	return `99 of 100 delivered chunks arrive within ${listed(parts)}${deadline}`;
}
