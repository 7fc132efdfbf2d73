import {gatewayFaults} from '#core/scenario/timeline-schema.ts';
import type {Seconds} from '#core/units.ts';
import {secondsText} from './format.ts';
import type {VariantRun} from './run-data.ts';
import {type Fate, settledChunks} from './settled-chunks.ts';
import {eventsOf} from './timeline-events.ts';

/** For so many periods on end chunks have to come as before, to be back. */
export const windowPeriods = 3;
/** What was before is taken from so many periods; a dip that begins later than them after an event is not held to be of it. */
export const referencePeriods = 20;
/** As many on time as before means: not fewer by more than this. */
export const toleranceRatio = 0.01;
/** A chunk is as fast as before when it takes no longer than the slowest then, and this share more. */
export const latencyToleranceRatio = 0.1;

export type Recovery = {
	/** Names the event: `<link>@<second>s`, `<fault>@<second>s`. */
	readonly event: string;
	readonly atSeconds: Seconds;
	/** 0: nothing was seen of the event. `null`: did not recover, or cannot be told; `reason` says which. */
	readonly seconds: Seconds | null;
	readonly reason?: string;
};

/**
 * How long after each change of a link and each fault chunks came as before it: in time, and as fast.
 *
 * Chunks are looked at in the order in which they were to be sent, so that a time in which nothing arrives is a dip like one
 * in which all comes late. Recovered is the arrival of the first chunk after the dip from which on, for a whole window of
 * three periods, as many are as before. An event that falls into what an earlier one left is held against what was before the
 * earlier one, and both last until chunks are as before again.
 */
export function recoveries(run: VariantRun): readonly Recovery[] {
	const chunks = settledChunks(run);
	const periodSeconds = run.scenario.workload.chunk.everySeconds;
	const events = eventsOf(run).filter(({kind, cause}) => kind === 'change' || faultsOfTunnels.includes(cause));
	let disturbed = {sinceSeconds: Number.NEGATIVE_INFINITY, backSeconds: Number.NEGATIVE_INFINITY};
	return events.map(({atSeconds, name}, index) => {
		const sinceSeconds = disturbed.backSeconds > atSeconds ? disturbed.sinceSeconds : atSeconds;
		const before = chunks.filter(({t}) => t > sinceSeconds - referencePeriods * periodSeconds && t <= sinceSeconds);
		if (before.length === 0) {
			return {event: name, atSeconds, seconds: null, reason: 'no chunk had come before the event to compare with'};
		}
		const nextSeconds = events[index + 1]?.atSeconds ?? Number.POSITIVE_INFINITY;
		const found = recoverySeconds({before, chunks, periodSeconds, atSeconds, nextSeconds});
		disturbed = {sinceSeconds, backSeconds: atSeconds + (found.seconds ?? Number.POSITIVE_INFINITY)};
		return {event: name, atSeconds, ...found};
	});
}

const faultsOfTunnels: readonly string[] = ['stalled', ...gatewayFaults];

function recoverySeconds({
	before,
	chunks,
	periodSeconds,
	atSeconds,
	nextSeconds,
}: {
	/** What the chunks are held against; not empty. */
	readonly before: readonly Fate[];
	readonly chunks: readonly Fate[];
	readonly periodSeconds: Seconds;
	readonly atSeconds: Seconds;
	/** Of the next event. */
	readonly nextSeconds: Seconds;
}): Pick<Recovery, 'seconds' | 'reason'> {
	const after = chunks.filter(({t}) => t > atSeconds);
	if (after.length === 0) {
		return {seconds: null, reason: 'no chunk was settled after the event'};
	}
	const isAsBefore = comparedWith(before);
	const leastRatio = before.filter(({onTime}) => onTime).length / before.length - toleranceRatio;
	const windows = windowsOf(
		after.map(chunk => ({...chunk, isAsBefore: isAsBefore(chunk)})),
		windowPeriods * periodSeconds,
	);
	const dipUntilSeconds = Math.min(atSeconds + referencePeriods * periodSeconds, nextSeconds);
	const dip = windows.findIndex(({ratio}) => ratio < leastRatio);
	const begun = windows[dip]?.chunk.plannedSeconds;
	if (begun === undefined || begun > dipUntilSeconds) {
		return {seconds: 0};
	}
	const back = windows.slice(dip).find(({chunk, ratio}) => chunk.isAsBefore && ratio >= leastRatio);
	return back?.isWhole
		? {seconds: back.chunk.t - atSeconds}
		: {seconds: null, reason: whyNot(windows.slice(dip), back)};
}

/** Whether a chunk is as those before: in time, and not slower than its stream was. A stream that is new is judged by its deadline alone. */
function comparedWith(before: readonly Fate[]): (chunk: Fate) => boolean {
	const slowest = new Map<string, Seconds>();
	for (const {stream, latencySeconds, onTime} of before) {
		if (onTime) {
			slowest.set(stream, Math.max(slowest.get(stream) ?? 0, latencySeconds));
		}
	}
	return ({stream, onTime, latencySeconds}) => {
		const most = slowest.get(stream);
		return onTime && (most === undefined || latencySeconds <= most * (1 + latencyToleranceRatio));
	};
}

type Judged = Fate & {readonly isAsBefore: boolean};

type Window = {
	/** Its first. */
	readonly chunk: Judged;
	/** Of its chunks, how many are as before. */
	readonly ratio: number;
	/** Chunks were seen up to its end. */
	readonly isWhole: boolean;
};

/** The window that begins with each chunk. */
function windowsOf(chunks: readonly Judged[], windowSeconds: Seconds): readonly Window[] {
	const lastSeconds = chunks.at(-1)?.plannedSeconds ?? 0;
	let end = 0;
	let good = 0;
	return chunks.map((chunk, index) => {
		for (
			let next = chunks[end];
			next && next.plannedSeconds < chunk.plannedSeconds + windowSeconds;
			next = chunks[end]
		) {
			good += next.isAsBefore ? 1 : 0;
			end += 1;
		}
		const window = {
			chunk,
			ratio: good / (end - index),
			isWhole: lastSeconds >= chunk.plannedSeconds + windowSeconds,
		};
		good -= chunk.isAsBefore ? 1 : 0;
		return window;
	});
}

function whyNot(windows: readonly Window[], back: Window | undefined): string {
	if (back) {
		const seenSeconds = (windows.at(-1)?.chunk.plannedSeconds ?? 0) - back.chunk.plannedSeconds;
		return `chunks came as before only for the last ${secondsText(seenSeconds)}, too short to tell`;
	}
	const later = windows.map(({chunk}) => chunk);
	if (!later.some(({arrived}) => arrived)) {
		return 'no chunk arrived any more';
	}
	return later.some(({onTime}) => onTime)
		? 'chunks came in time again, but slower than before, until the end'
		: 'chunks came late until the end';
}
