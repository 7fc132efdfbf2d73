import type {Ratio, Seconds} from '#core/units.ts';
import {classesOf, deliveringCount, type StreamClass, streamsOf} from './series.ts';
import {type Measured, shownRuns} from './shown-runs.ts';
import {eventsOfVariant} from './timeline-events.ts';

export type Survival = {
	readonly startedCount: number;
	/** Delivering at the first event of the variant's timeline; where there was none, the same as started. */
	readonly atChangeCount: number;
	/** Delivering at the end of driving. */
	readonly leftCount: number;
	readonly stoppedBeforeCount: number;
	/** Stopped after that event; where there was none, at any time. */
	readonly stoppedAfterCount: number;
};

/** What became of the streams of a variant, over all its repeats shown, around the first event of its timeline. */
export function survivalOf(measured: Measured, variant: string, streamClass: StreamClass = null): Survival {
	const changeSeconds = eventsOfVariant(measured, variant)[0]?.atSeconds;
	const sum = {startedCount: 0, atChangeCount: 0, leftCount: 0, stoppedBeforeCount: 0, stoppedAfterCount: 0};
	for (const run of shownRuns(measured, variant)) {
		const streams = streamsOf(run, streamClass);
		const started = streams.filter(({startedSeconds}) => startedSeconds !== undefined).length;
		const stops = streams.flatMap(({ending}) => (ending?.kind === 'stream.stopped' ? ending.t : []));
		const isBefore = (t: Seconds) => changeSeconds !== undefined && t < changeSeconds;
		sum.startedCount += started;
		sum.atChangeCount += changeSeconds === undefined ? started : deliveringCount(run, streamClass, changeSeconds);
		sum.leftCount += deliveringCount(run, streamClass, run.observedSeconds);
		sum.stoppedBeforeCount += stops.filter(isBefore).length;
		sum.stoppedAfterCount += stops.filter(t => !isBefore(t)).length;
	}
	return sum;
}

/** How many are left of those that a change could hit: `6 of 12`, or `6 of the 10 that still delivered (of 12)`. */
export function leftText({leftCount, atChangeCount, startedCount}: Survival): string {
	return atChangeCount < startedCount
		? `${leftCount} of the ${atChangeCount} that still delivered (of ${startedCount})`
		: `${leftCount} of ${startedCount}`;
}

/** What became of the streams of each class, highest minimum resolution first. */
export function survivalByClass(
	measured: Measured,
	variant: string,
): ReadonlyArray<Survival & {readonly ratio: Ratio}> {
	return classesOf(shownRuns(measured, variant)).map(ratio => ({ratio, ...survivalOf(measured, variant, ratio)}));
}
