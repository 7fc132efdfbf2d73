import type {Seconds} from '#core/units.ts';
import {listed} from '../format.ts';
import type {TimelineEvent} from '../timeline-events.ts';
import type {FigureSpec} from './figure.ts';
import {textWidthPx} from './text-widths.ts';
import {inks} from './theme.ts';

/** More changes than this are a trace: the capacity line shows them, and no rule is drawn. */
export const markedChangesMax = 6;

const fontSizePx = 11;
const gapPx = 4;

/**
 * Layers that mark what happened to the variant of a panel: a rule at each event, with what it was beside it at height `y`.
 * Where labels would lie over each other, one speaks for all of them.
 */
export function changeMarks({
	events,
	y,
	endSeconds,
	widthPx,
	ofLink,
}: {
	readonly events: readonly TimelineEvent[];
	/** Where the label stands on the value axis. */
	readonly y: number;
	readonly endSeconds: Seconds;
	/** Of the panel's plot. */
	readonly widthPx: number;
	/** Only this link's, in a chart that names the link already. */
	readonly ofLink?: string;
}): readonly FigureSpec[] {
	const shown = events.filter(({kind, target}) => ofLink === undefined || (kind === 'change' && target === ofLink));
	const changeCount = shown.filter(({kind}) => kind === 'change').length;
	const marked = changeCount > markedChangesMax ? shown.filter(({kind}) => kind === 'fault') : shown;
	if (marked.length === 0) {
		return [];
	}
	const rule = {
		data: {values: marked.map(({atSeconds}) => ({atSeconds}))},
		mark: {type: 'rule', color: inks.light.alarm, strokeWidth: 1.5, strokeDash: [5, 3]},
		encoding: {x: {field: 'atSeconds', type: 'quantitative'}},
	};
	const labels = labelsOf(marked, {endSeconds, widthPx, named: ofLink === undefined}).map(label => ({...label, y}));
	const layers = [true, false].map(rightOfRule => ({
		data: {values: labels.filter(label => label.rightOfRule === rightOfRule)},
		mark: {
			type: 'text',
			lineBreak: '\n',
			align: rightOfRule ? 'left' : 'right',
			dx: rightOfRule ? gapPx : -gapPx,
			baseline: 'top',
			color: inks.light.alarm,
			fontSize: fontSizePx,
		},
		encoding: {
			x: {field: 'atSeconds', type: 'quantitative'},
			y: {field: 'y', type: 'quantitative'},
			text: {field: 'label'},
		},
	}));
	return [rule, ...layers.filter(({data}) => data.values.length > 0)];
}

type Label = {readonly atSeconds: Seconds; readonly label: string; readonly rightOfRule: boolean};

type Scale = {readonly endSeconds: Seconds; readonly widthPx: number; readonly named: boolean};

/** A label for each event; those whose labels would touch are taken together until none do. */
function labelsOf(events: readonly TimelineEvent[], scale: Scale): readonly Label[] {
	const groups = events.map(event => [event]);
	for (let index = 1; index < groups.length; ) {
		const [before, group] = [groups[index - 1] ?? [], groups[index] ?? []];
		if (extentPx(before, scale).right + gapPx > extentPx(group, scale).left) {
			groups.splice(index - 1, 2, [...before, ...group]);
			index = Math.max(1, index - 1);
		} else {
			index += 1;
		}
	}
	return groups.map(group => labelOf(group, scale));
}

/** To the right of the last rule of its group where there is room, else to the left of the first: no rule goes through it. */
function labelOf(group: readonly TimelineEvent[], {endSeconds, widthPx, named}: Scale): Label {
	const [firstSeconds, lastSeconds] = [group[0]?.atSeconds ?? 0, group.at(-1)?.atSeconds ?? 0];
	const label = labelText(group, named);
	const rightOfRule = (lastSeconds / endSeconds) * widthPx + labelWidthPx(label) <= widthPx;
	return {label, atSeconds: rightOfRule ? lastSeconds : firstSeconds, rightOfRule};
}

function labelText(group: readonly TimelineEvent[], named: boolean): string {
	const [only] = group;
	const targets = listed([...new Set(group.map(({target}) => target))]);
	const what = group.length === 1 && only ? only.label : `${group.length} changes`;
	return named ? `${targets}\n${what}` : what;
}

const labelWidthPx = (label: string): number =>
	gapPx + Math.max(...label.split('\n').map(line => textWidthPx(line, {fontSizePx})));

/** From the first rule of a group to its last, and its label. */
function extentPx(group: readonly TimelineEvent[], scale: Scale): {readonly left: number; readonly right: number} {
	const {label, rightOfRule} = labelOf(group, scale);
	const [firstPx, lastPx] = [group[0], group.at(-1)].map(
		event => ((event?.atSeconds ?? 0) / scale.endSeconds) * scale.widthPx,
	);
	const textPx = labelWidthPx(label);
	return {left: (firstPx ?? 0) - (rightOfRule ? 0 : textPx), right: (lastPx ?? 0) + (rightOfRule ? textPx : 0)};
}
