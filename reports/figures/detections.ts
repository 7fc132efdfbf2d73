import {type AgreementKind, agreementByResolution, agreementKinds} from '../detections.ts';
import {formatPercent, listed} from '../format.ts';
import {type Measured, shownRuns, shownVariants} from '../shown-runs.ts';
import {cycled} from './class-scale.ts';
import type {Figure, FigureSpec} from './figure.ts';
import {panelled, panelTitle, plotWidthPx} from './panels.ts';
import {seriesColours, seriesDashes} from './theme.ts';

/** What does a lower resolution cost those who look for something in the images? */
export function detectionsFigure(measured: Measured): Figure {
	const panels = shownVariants(measured)
		.map(variant => ({variant, groups: agreementByResolution(shownRuns(measured, variant))}))
		.filter(({groups}) => groups.length > 0);
	if (panels.length === 0) {
		return {kind: 'absent'};
	}
	const title = titleOf(panels);
	return {
		kind: 'drawn',
		title,
		reading: `Found: the share of the targets in a frame that a box lies in. Right: the share of the boxes that lie in a target. F1: the harmonic mean of both. Each point is the mean over the different frames that came at that resolution (${frameText(panels)}), with its 95 % interval: an interval over frames of the same scene, not over scenes.`,
		spec: layout =>
			panelled({
				title,
				layout,
				panels: panels.map(({variant, groups}) => ({
					title: panelTitle(variant),
					width: plotWidthPx(panels.length, layout),
					height: layout.name === 'wide' ? 240 : 200,
					data: {values: pointsOf(groups)},
					encoding: {
						x: {
							field: 'resolutionPercent',
							type: 'quantitative',
							title: 'Resolution delivered in %',
							scale: {domain: domainOf(groups), nice: false},
						},
						...kindEncoding,
					},
					layer: [
						{
							mark: {type: 'rule', strokeWidth: 1.5},
							encoding: {y: percentAxis('lowPercent'), y2: {field: 'highPercent'}, strokeDash: {value: [1, 0]}},
						},
						{mark: {type: 'line', strokeWidth: 2.5}, encoding: {y: percentAxis('percent')}},
						{mark: {type: 'point', filled: true, size: 45, opacity: 1}, encoding: {y: percentAxis('percent')}},
					],
				})),
			}),
	};
}

type Groups = ReturnType<typeof agreementByResolution>;
type Panel = {readonly variant: string; readonly groups: Groups};

const kindNames: Readonly<Record<AgreementKind, string>> = {recall: 'Found', precision: 'Right', f1: 'F1'};

const kindChannel = {
	field: 'kind',
	type: 'nominal',
	title: null,
	legend: {orient: 'top', direction: 'horizontal', symbolType: 'stroke', symbolSize: 500},
};

const kindDomain = agreementKinds.map(kind => kindNames[kind]);

const kindEncoding: FigureSpec = {
	color: {
		...kindChannel,
		scale: {domain: kindDomain, range: kindDomain.map((_, index) => cycled(seriesColours, index))},
	},
	strokeDash: {
		...kindChannel,
		scale: {domain: kindDomain, range: kindDomain.map((_, index) => cycled(seriesDashes, index))},
	},
};

function percentAxis(field: string): FigureSpec {
	return {
		field,
		type: 'quantitative',
		title: 'Agreement in %',
		scale: {domain: [-5, 110], nice: false},
		axis: {values: [0, 20, 40, 60, 80, 100]},
	};
}

function pointsOf(groups: Groups): readonly FigureSpec[] {
	const percent = (ratio: number) => Number((ratio * 100).toPrecision(4));
	return groups.flatMap(({resolutionRatio, estimates}) =>
		agreementKinds.flatMap(kind => {
			const found = estimates[kind];
			return found
				? [
						{
							resolutionPercent: percent(resolutionRatio),
							kind: kindNames[kind],
							percent: percent(found.mean),
							lowPercent: percent(found.interval?.low ?? found.mean),
							highPercent: percent(found.interval?.high ?? found.mean),
						},
					]
				: [];
		}),
	);
}

/** With some room, so that no point lies on the border. */
function domainOf(groups: Groups): readonly number[] {
	const percents = groups.map(({resolutionRatio}) => resolutionRatio * 100);
	return [Math.floor(Math.min(...percents) - 4), Math.ceil(Math.max(...percents) + 4)];
}

function frameText(panels: readonly Panel[]): string {
	const counts = panels.flatMap(({groups}) => groups.map(({frameCount}) => frameCount));
	const [least, most] = [Math.min(...counts), Math.max(...counts)];
	return least === most ? `${least} of them` : `${least} to ${most} of them`;
}

function titleOf(panels: readonly Panel[]): string {
	const found = ({estimates}: Groups[number]) => formatPercent(estimates.recall?.mean ?? 0);
	const parts = panels.flatMap(({variant, groups}) => {
		const [best] = groups;
		const worst = groups.at(-1);
		const suffix = panels.length > 1 ? ` in ${variant}` : '';
		return best && worst && best !== worst
			? `${found(best)} at ${formatPercent(best.resolutionRatio)} resolution, ${found(worst)} at ${formatPercent(worst.resolutionRatio)}${suffix}`
			: best
				? `${found(best)} at ${formatPercent(best.resolutionRatio)} resolution${suffix}`
				: [];
	});
	return `Targets found: ${listed(parts)}`;
}
