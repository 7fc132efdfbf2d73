import {formatPercent, listed} from '../format.ts';
import type {Measured} from '../shown-runs.ts';
import {findEstimate} from '../summary.ts';
import type {VariantSummary} from '../summary-schema.ts';
import type {Figure, FigureSpec, Layout} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';
import {inks, seriesColours} from './theme.ts';

/** What do requests for the same source gain by sharing a stream? */
export function mergingFigure(measured: Measured): Figure {
	const {variants} = measured.summary;
	const rows = variants.flatMap(summarised => [
		...bar(summarised, 'acceptanceRatio'),
		// A variant whose requests keep apart has saved nothing: it is there to be compared with.
		...(merges(summarised) ? bar(summarised, 'merge.bytesSavedRatio') : []),
	]);
	if (!variants.some(merges)) {
		return {kind: 'absent'};
	}
	const title = titleOf(variants);
	return {
		kind: 'drawn',
		title,
		reading:
			'Left: requests accepted. Right: of the bytes that links would have carried if every request had its own copy all the way, the share that they did not have to. Bar: mean over repeats; line: its 95 % confidence interval.',
		spec: layout =>
			panelled({
				title,
				layout,
				panels: panels.map(({measure, name, axis}, index) =>
					panel(rows, {measure, name, axis, layout, colour: seriesColours[index]}),
				),
			}),
	};
}

const panels = [
	{measure: 'acceptanceRatio', name: 'Accepted', axis: 'Requests accepted in %'},
	{measure: 'merge.bytesSavedRatio', name: 'Saved', axis: 'Bytes that links did not carry in %'},
] as const;

type Bar = {
	readonly variant: string;
	readonly measure: string;
	readonly percent: number;
	readonly lowPercent: number;
	readonly highPercent: number;
	readonly label: string;
};

const merges = (summarised: VariantSummary): boolean =>
	summarised.measures.some(({measure}) => measure === 'merge.requestsMerged');

function bar(summarised: VariantSummary, measure: string): readonly Bar[] {
	const {mean, intervalLow, intervalHigh} = findEstimate(summarised, measure) ?? {};
	return typeof mean === 'number'
		? [
				{
					variant: summarised.variant,
					measure,
					percent: percentOf(mean),
					lowPercent: percentOf(intervalLow ?? mean),
					highPercent: percentOf(intervalHigh ?? mean),
					label: formatPercent(mean),
				},
			]
		: [];
}

function percentOf(ratio: number): number {
	return Number((ratio * 100).toPrecision(4));
}

function panel(
	rows: readonly Bar[],
	{
		measure,
		name,
		axis,
		layout,
		colour,
	}: {
		readonly measure: string;
		readonly name: string;
		readonly axis: string;
		readonly layout: Layout;
		readonly colour: string | undefined;
	},
): FigureSpec {
	return {
		title: panelTitle(name),
		width: plotWidthPx(panels.length, layout, 110),
		height: {step: 30},
		data: {values: rows.filter(row => row.measure === measure)},
		encoding: {
			y: {
				field: 'variant',
				type: 'nominal',
				sort: [...new Set(rows.map(({variant}) => variant))],
				title: null,
				axis: {labelLimit: 140, domain: false, ticks: false},
			},
		},
		layer: [
			{mark: {type: 'bar', height: 16, color: colour}, encoding: {x: along('percent', axis)}},
			{
				mark: {type: 'rule', strokeWidth: 2, color: inks.light.ink},
				encoding: {x: along('lowPercent', axis), x2: {field: 'highPercent'}},
			},
			{
				mark: {type: 'text', align: 'left', dx: 6},
				encoding: {x: along('highPercent', axis), text: {field: 'label'}},
			},
		],
	};
}

/** The scale that all layers share. */
function along(field: string, title: string): FigureSpec {
	return {
		field,
		type: 'quantitative',
		title,
		scale: {domain: [0, 125]},
		axis: {values: [0, 25, 50, 75, 100]},
	};
}

function titleOf(variants: readonly VariantSummary[]): string {
	const accepted = (chosen: readonly VariantSummary[]) =>
		chosen.flatMap(summarised => {
			const mean = findEstimate(summarised, 'acceptanceRatio')?.mean;
			return typeof mean === 'number' ? {variant: summarised.variant, text: formatPercent(mean)} : [];
		});
	const apart = accepted(variants.filter(summarised => !merges(summarised)));
	const merged = accepted(variants.filter(merges));
	const told = `merged, ${listed(merged.map(({variant, text}) => `${text} in ${variant}`))}`;
	return apart.length === 0
		? `Requests accepted: ${told}`
		: `Requests accepted: ${listed([...new Set(apart.map(({text}) => text))])} apart; ${told}`;
}
