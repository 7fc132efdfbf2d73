import type {Bytes, Ratio, Seconds} from '#core/units.ts';
import type {Delivery, StreamHistory, VariantRun} from './run-data.ts';
import {lastIndexAtOrBefore} from './sorted.ts';

/** A class is all streams of one minimum resolution; `null` takes all streams. */
export type StreamClass = Ratio | null;

/** A stream that has brought no chunk for so many periods is not delivering. */
export const deliveringPeriods = 2;

/** Every minimum resolution that was asked for, highest first. */
export function classesOf(runs: readonly VariantRun[]): readonly Ratio[] {
	const ratios = runs.flatMap(({requests, streams}) =>
		[...requests, ...streams].map(one => one.minimumResolutionRatio),
	);
	return [...new Set(ratios)].filter(ratio => ratio !== null).sort((a, b) => b - a);
}

export function streamsOf(run: VariantRun, streamClass: StreamClass): readonly StreamHistory[] {
	return streamClass === null
		? run.streams
		: run.streams.filter(({minimumResolutionRatio}) => minimumResolutionRatio === streamClass);
}

/**
 * The chunk that shows a stream delivering at an instant: one came within the last two periods, and the stream was not
 * stopped before the instant, nor completed with its last chunk in (at the end of driving, that is no lack).
 */
export function latestDelivery(run: VariantRun, stream: StreamHistory, atSeconds: Seconds): Delivery | undefined {
	const delivery = stream.deliveries[lastIndexAtOrBefore(stream.deliveries, atSeconds, ({t}) => t)];
	if (!delivery || delivery.t <= atSeconds - deliveringPeriods * run.scenario.workload.chunk.everySeconds) {
		return undefined;
	}
	// A stream whose last chunk comes just before the end of driving has nothing more to bring: it did not go away.
	const isWhole = stream.ending?.kind === 'stream.completed' && atSeconds >= run.observedSeconds;
	return isWhole || atSeconds < endSeconds(stream) ? delivery : undefined;
}

/** How many streams deliver at an instant. */
export function deliveringCount(run: VariantRun, streamClass: StreamClass, atSeconds: Seconds): number {
	return streamsOf(run, streamClass).filter(stream => latestDelivery(run, stream, atSeconds)).length;
}

/** Mean resolution of the latest chunks of the streams that deliver at an instant; `undefined` when none does. */
export function deliveredResolution(run: VariantRun, streamClass: StreamClass, atSeconds: Seconds): Ratio | undefined {
	const latest = streamsOf(run, streamClass).flatMap(stream => latestDelivery(run, stream, atSeconds) ?? []);
	return latest.length === 0
		? undefined
		: latest.reduce((sum, {resolutionRatio}) => sum + resolutionRatio, 0) / latest.length;
}

/** Most streams that were open at once: started, and neither stopped nor completed. */
export function concurrentMax(run: VariantRun, streamClass: StreamClass): number {
	const steps = streamsOf(run, streamClass).flatMap(({startedSeconds, ending}) =>
		startedSeconds === undefined
			? []
			: [{t: startedSeconds, change: 1}, ...(ending ? [{t: ending.t, change: -1}] : [])],
	);
	// At the same instant an end comes before a start: the place is given on, not held twice.
	steps.sort((a, b) => a.t - b.t || a.change - b.change);
	let open = 0;
	let most = 0;
	for (const {change} of steps) {
		open += change;
		most = Math.max(most, open);
	}
	return most;
}

/** What came of a chunk for one stream: its share, where it came once for several. */
export function receivedBytes({bytes, sharedByCount = 1}: Delivery): Bytes {
	return bytes / sharedByCount;
}

/** Mean of a value that holds from each sample to the next, over a span of time; `undefined` without a sample in it. */
export function timeWeightedMean<Sample extends {readonly t: Seconds}>(
	samples: readonly Sample[],
	numberOf: (sample: Sample) => number,
	{fromSeconds, toSeconds}: {readonly fromSeconds: Seconds; readonly toSeconds: Seconds},
): number | undefined {
	let area = 0;
	let lengthSeconds = 0;
	for (let index = 0; index < samples.length; index++) {
		const sample = samples[index] as Sample;
		const untilSeconds = samples[index + 1]?.t ?? toSeconds;
		const seconds = Math.min(untilSeconds, toSeconds) - Math.max(sample.t, fromSeconds);
		if (seconds > 0) {
			area += numberOf(sample) * seconds;
			lengthSeconds += seconds;
		}
	}
	return lengthSeconds > 0 ? area / lengthSeconds : undefined;
}

function endSeconds({ending, deliveries}: StreamHistory): Seconds {
	if (!ending) {
		return Number.POSITIVE_INFINITY;
	}
	const lastDelivery = deliveries.at(-1)?.t ?? Number.NEGATIVE_INFINITY;
	return ending.kind === 'stream.completed' ? Math.max(ending.t, lastDelivery) : ending.t;
}
