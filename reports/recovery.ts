import {gatewayFaults} from '#core/scenario/timeline-schema.ts';
import type {Seconds} from '#core/units.ts';
import type {VariantRun} from './run-data.ts';

/** The deadline hit ratio is taken over so many periods. */
export const windowPeriods = 3;
/** Back to what it was before means: not lower by more than this. */
export const toleranceRatio = 0.01;

export type Recovery = {
	/** Names the event: `<link>@<second>s`. */
	readonly event: string;
	readonly atSeconds: Seconds;
	/** `null`: did not recover, or cannot be told; `reason` says which. */
	readonly seconds: Seconds | null;
	readonly reason?: string;
};

/**
 * How long after each change of a link deadlines were met as before it.
 *
 * The measure is the share of chunks on time among those whose fate was settled in a sliding window of three periods; before
 * the event it is taken over two windows. Recovered is the first settled chunk after the dip from which on the share is back
 * for a whole window; 0 means that there was no dip. The time looked at ends with the next event. A chunk that was lost or
 * damaged was not on time; a stream that was stopped no longer counts.
 */
export function recoveries(run: VariantRun): readonly Recovery[] {
	const fates = settledChunks(run);
	const changes = [...run.changes].sort((a, b) => a.requestedSeconds - b.requestedSeconds);
	const ofLinks = changes.map((change, index) => {
		const atSeconds = change.requestedSeconds;
		const event = `${change.link}@${Number(atSeconds.toPrecision(6))}s`;
		const untilSeconds = changes[index + 1]?.requestedSeconds ?? run.observedSeconds;
		return {event, atSeconds, ...recoverySeconds({run, fates, atSeconds, untilSeconds})};
	});
	return [...ofLinks, ...faultRecoveries(run)];
}

/** How long after a fault of a gateway or a stall until the first chunk that was planned after it arrived. */
function faultRecoveries({incidents, streams}: VariantRun): readonly Recovery[] {
	const arrivals = streams
		.flatMap(({deliveries}) => deliveries.map(({t, latencySeconds}) => ({t, plannedSeconds: t - latencySeconds})))
		.sort((a, b) => a.t - b.t);
	return incidents.flatMap(incident => {
		if (incident.kind !== 'fault.injected' || !faultsOfTunnels.includes(incident.fault)) {
			return [];
		}
		const {t: atSeconds, fault} = incident;
		const event = `${fault}@${Number(atSeconds.toPrecision(6))}s`;
		const first = arrivals.find(({plannedSeconds}) => plannedSeconds >= atSeconds);
		return first
			? {event, atSeconds, seconds: first.t - atSeconds}
			: {event, atSeconds, seconds: null, reason: 'no chunk that was planned after it arrived'};
	});
}

const faultsOfTunnels: readonly string[] = ['stalled', ...gatewayFaults];

type Fate = {readonly t: Seconds; readonly onTime: boolean};

function settledChunks(run: VariantRun): readonly Fate[] {
	return run.streams
		.flatMap(({deliveries, failureSeconds}) => [
			...deliveries.map(({t, late}) => ({t, onTime: !late})),
			...failureSeconds.map(t => ({t, onTime: false})),
		])
		.sort((a, b) => a.t - b.t);
}

function recoverySeconds({
	run,
	fates,
	atSeconds,
	untilSeconds,
}: {
	readonly run: VariantRun;
	readonly fates: readonly Fate[];
	readonly atSeconds: Seconds;
	readonly untilSeconds: Seconds;
}): Pick<Recovery, 'seconds' | 'reason'> {
	const windowSeconds = windowPeriods * run.scenario.workload.chunk.everySeconds;
	const before = hitRatio(fates.filter(({t}) => t > atSeconds - 2 * windowSeconds && t <= atSeconds));
	if (before === undefined) {
		return {seconds: null, reason: 'no chunk was settled before the event'};
	}
	const after = slidingRatios(fates, windowSeconds).filter(({t}) => t > atSeconds && t <= untilSeconds);
	const isBack = ({ratio}: {readonly ratio: number}) => ratio >= before - toleranceRatio;
	if (after.length === 0) {
		return {seconds: null, reason: 'no chunk was settled after the event'};
	}
	if (after.every(isBack)) {
		return {seconds: 0};
	}
	let candidate: Seconds | undefined;
	let dipped = false;
	for (const point of after) {
		if (!isBack(point)) {
			dipped = true;
			candidate = undefined;
		} else if (dipped) {
			candidate ??= point.t;
			if (point.t - candidate >= windowSeconds) {
				return {seconds: candidate - atSeconds};
			}
		}
	}
	return {seconds: null, reason: 'did not recover within the run'};
}

/** At every settled chunk, the share on time in the window that ends with it. */
function slidingRatios(fates: readonly Fate[], windowSeconds: Seconds) {
	let first = 0;
	let onTime = 0;
	return fates.map((fate, index) => {
		onTime += fate.onTime ? 1 : 0;
		for (let oldest = fates[first]; oldest && oldest.t <= fate.t - windowSeconds; oldest = fates[first]) {
			onTime -= oldest.onTime ? 1 : 0;
			first += 1;
		}
		return {t: fate.t, ratio: onTime / (index + 1 - first)};
	});
}

function hitRatio(fates: readonly Fate[]): number | undefined {
	return fates.length === 0 ? undefined : fates.filter(({onTime}) => onTime).length / fates.length;
}
