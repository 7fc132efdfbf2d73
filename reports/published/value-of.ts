import type {Seconds} from '#core/units.ts';
import {measureVariantRun} from '../measures.ts';
import type {VariantRun} from '../run-data.ts';
import {deliveredResolution, deliveringCount, type StreamClass} from '../series.ts';
import type {ValueSelector} from './schema.ts';

/** What a draw says of a published number; `undefined` when it was not measured there. */
export function publishedValueOf(run: VariantRun, selector: ValueSelector): number | undefined {
	const {measure, atSeconds, lowestWithin, deadlineSeconds, minimumResolutionRatio = null} = selector;
	const seen = deadlineSeconds === undefined ? run : runOfDeadline(run, deadlineSeconds);
	if (lowestWithin) {
		return lowest(lowestWithin, t => valueAt(seen, {measure, minimumResolutionRatio, atSeconds: t}));
	}
	if (atSeconds !== undefined) {
		return valueAt(seen, {measure, minimumResolutionRatio, atSeconds});
	}
	return (
		measured(seen).find(one => one.measure === measure && one.minimumResolutionRatio === minimumResolutionRatio)
			?.value ?? undefined
	);
}

function valueAt(
	run: VariantRun,
	{
		measure,
		minimumResolutionRatio,
		atSeconds,
	}: {readonly measure: string; readonly minimumResolutionRatio: StreamClass; readonly atSeconds: Seconds},
): number | undefined {
	switch (measure) {
		case 'streams.delivering':
			return deliveringCount(run, minimumResolutionRatio, atSeconds);
		case 'resolution.mean':
			return deliveredResolution(run, minimumResolutionRatio, atSeconds);
		default:
			return undefined;
	}
}

/** Looked at once a second; seconds without a value say nothing. */
function lowest(
	{fromSeconds, toSeconds}: NonNullable<ValueSelector['lowestWithin']>,
	valueAtSecond: (t: Seconds) => number | undefined,
): number | undefined {
	const values = Array.from({length: Math.floor(toSeconds - fromSeconds) + 1}, (_, index) =>
		valueAtSecond(fromSeconds + index),
	).filter(value => value !== undefined);
	return values.length === 0 ? undefined : Math.min(...values);
}

const known = new WeakMap<VariantRun, ReturnType<typeof measureVariantRun>>();

function measured(run: VariantRun): ReturnType<typeof measureVariantRun> {
	const measurements = known.get(run) ?? measureVariantRun(run);
	known.set(run, measurements);
	return measurements;
}

/** A draw with only the requests of one deadline and their streams; sites and links are those of all of them. */
function runOfDeadline(run: VariantRun, deadlineSeconds: Seconds): VariantRun {
	const requests = run.requests.filter(request => request.deadlineSeconds === deadlineSeconds);
	const names = new Set(requests.flatMap(({answer}) => (answer?.kind === 'request.accepted' ? [answer.stream] : [])));
	return {...run, requests, streams: run.streams.filter(({stream}) => names.has(stream))};
}
