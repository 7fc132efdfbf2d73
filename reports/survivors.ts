import type {Ratio} from '#core/units.ts';
import {classesOf, deliveringCount, type StreamClass, streamsOf} from './series.ts';
import {type Measured, shownRuns} from './shown-runs.ts';

export type Survival = {
	/** Streams that were started, over all repeats shown. */
	readonly started: number;
	/** Of these, still delivering at the end of driving. */
	readonly left: number;
	readonly stopped: number;
};

/** How many streams of a variant were started, stopped, and still deliver at the end. */
export function startedAndLeft(measured: Measured, variant: string, streamClass: StreamClass = null): Survival {
	const survival = {started: 0, left: 0, stopped: 0};
	for (const run of shownRuns(measured, variant)) {
		const streams = streamsOf(run, streamClass);
		survival.started += streams.filter(({startedSeconds}) => startedSeconds !== undefined).length;
		survival.stopped += streams.filter(({ending}) => ending?.kind === 'stream.stopped').length;
		survival.left += deliveringCount(run, streamClass, run.observedSeconds);
	}
	return survival;
}

/** The same for each class, highest minimum resolution first. */
export function survivalByClass(
	measured: Measured,
	variant: string,
): ReadonlyArray<Survival & {readonly ratio: Ratio}> {
	return classesOf(shownRuns(measured, variant)).map(ratio => ({ratio, ...startedAndLeft(measured, variant, ratio)}));
}
