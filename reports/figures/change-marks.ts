import type {RecordOf} from '#core/records/schema.ts';
import type {Seconds} from '#core/units.ts';
import {rateText} from '../format.ts';
import type {FigureSpec} from './figure.ts';
import {inks} from './theme.ts';

/** More changes than this are a trace: the capacity line shows them, and no rule is drawn. */
export const markedChangesMax = 6;

/** Layers that mark when a link was changed: a rule, with what happened beside it at height `y`. */
export function changeMarks({
	changes,
	y,
	endSeconds,
	ofLink,
}: {
	readonly changes: ReadonlyArray<RecordOf<'link.changed'>>;
	/** Where the label stands on the value axis. */
	readonly y: number;
	readonly endSeconds: Seconds;
	/** Only this link's, in a chart that names the link already. */
	readonly ofLink?: string;
}): readonly FigureSpec[] {
	const shown = changes.filter(({link}) => ofLink === undefined || link === ofLink);
	const marks = shown.map(({link, requestedSeconds, rateBitsPerSecond}) => ({
		at: requestedSeconds,
		y,
		label: `${ofLink === undefined ? `${link}\n` : ''}→ ${rateText(rateBitsPerSecond)}`,
		leftHalf: requestedSeconds < endSeconds / 2,
	}));
	if (marks.length === 0 || marks.length > markedChangesMax) {
		return [];
	}
	const rule = {
		data: {values: marks},
		mark: {type: 'rule', color: inks.light.alarm, strokeWidth: 1.5, strokeDash: [5, 3]},
		encoding: {x: {field: 'at', type: 'quantitative'}},
	};
	const labels = [true, false].map(leftHalf => ({
		data: {values: marks.filter(mark => mark.leftHalf === leftHalf)},
		mark: {
			type: 'text',
			lineBreak: '\n',
			align: leftHalf ? 'left' : 'right',
			dx: leftHalf ? 4 : -4,
			baseline: 'top',
			color: inks.light.alarm,
			fontSize: 11,
		},
		encoding: {
			x: {field: 'at', type: 'quantitative'},
			y: {field: 'y', type: 'quantitative'},
			text: {field: 'label'},
		},
	}));
	return [rule, ...labels.filter(({data}) => data.values.length > 0)];
}
