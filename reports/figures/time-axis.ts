import type {Seconds} from '#core/units.ts';
import type {Measured} from '../shown-runs.ts';
import type {FigureSpec} from './figure.ts';

/** Points of all lines of a figure together. */
const pointsMax = 1800;

/** The horizontal axis of figures over time. */
export function timeAxis(endSeconds: Seconds): FigureSpec {
	return {
		field: 'seconds',
		type: 'quantitative',
		title: 'Scenario time in seconds',
		scale: {domain: [0, endSeconds], nice: false},
		axis: {tickCount: 5, grid: false, labelFlush: false, labelOverlap: 'greedy', labelSeparation: 8},
	};
}

/** The end of what any variant was driven for. */
export function endOf({data}: Measured): Seconds {
	return data.runs.reduce((latest, {observedSeconds}) => Math.max(latest, observedSeconds), 0);
}

/** Evenly spaced instants for a figure with so many lines. */
export function gridOf(endSeconds: Seconds, lineCount: number): readonly Seconds[] {
	const count = Math.max(2, Math.min(301, Math.floor(pointsMax / Math.max(1, lineCount))));
	return Array.from({length: count}, (_, index) => Number(((endSeconds * index) / (count - 1)).toPrecision(6)));
}
