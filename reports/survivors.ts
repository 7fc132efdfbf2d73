import type {Ratio, Seconds} from '#core/units.ts';
import {classesOf, deliveringCount, type StreamClass, streamsOf} from './series.ts';
import {type Measured, sharedChanges, shownRuns} from './shown-runs.ts';

export type Survival = {
	readonly started: number;
	/** Delivering when the first link was changed; where none was, the same as started. */
	readonly atChange: number;
	/** Delivering at the end of driving. */
	readonly left: number;
	readonly stoppedBefore: number;
	/** Stopped after the change; where there was none, at any time. */
	readonly stoppedAfter: number;
};

/** What became of the streams of a variant, over all its repeats shown, around the first change of a link. */
export function survivalOf(measured: Measured, variant: string, streamClass: StreamClass = null): Survival {
	const changeSeconds = sharedChanges(measured)[0]?.requestedSeconds;
	const sum = {started: 0, atChange: 0, left: 0, stoppedBefore: 0, stoppedAfter: 0};
	for (const run of shownRuns(measured, variant)) {
		const streams = streamsOf(run, streamClass);
		const started = streams.filter(({startedSeconds}) => startedSeconds !== undefined).length;
		const stops = streams.flatMap(({ending}) => (ending?.kind === 'stream.stopped' ? ending.t : []));
		const isBefore = (t: Seconds) => changeSeconds !== undefined && t < changeSeconds;
		sum.started += started;
		sum.atChange += changeSeconds === undefined ? started : deliveringCount(run, streamClass, changeSeconds);
		sum.left += deliveringCount(run, streamClass, run.observedSeconds);
		sum.stoppedBefore += stops.filter(isBefore).length;
		sum.stoppedAfter += stops.filter(t => !isBefore(t)).length;
	}
	return sum;
}

/** The same for each class, highest minimum resolution first. */
export function survivalByClass(
	measured: Measured,
	variant: string,
): ReadonlyArray<Survival & {readonly ratio: Ratio}> {
	return classesOf(shownRuns(measured, variant)).map(ratio => ({ratio, ...survivalOf(measured, variant, ratio)}));
}
