import assert from 'node:assert/strict';
import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes, MonotonicNs, Seconds} from '#core/units.ts';
import type {EmulatedLinks} from '../emulated-links.ts';
import {frameBytes} from '../link-shape.ts';
import type {PlannedLink} from '../topology-plan.ts';
import type {ConnectEnds} from './link-connection.ts';
import {type SaturatingFlow, startFlow} from './saturating-flow.ts';

export type DirectionRate = {
	readonly from: string;
	/** Counted at the class, headers of every frame included. */
	readonly layer2BitsPerSecond: BitsPerSecond;
	/** What the receiving application got. */
	readonly goodputBitsPerSecond: BitsPerSecond;
};

/**
 * The rate of one direction of a link while a TCP transfer keeps it backlogged.
 *
 * The first burst, and the ramp of TCP, are over before the first window begins. The time is cut into windows, and the median of
 * their rates stands: a processor that is taken away for some milliseconds costs one window and not the measurement. A window in
 * which the queue ran empty has measured the sender and not the link: it is left out and another is measured, up to a limit.
 */
export async function measureRate({
	link,
	direction,
	links,
	connect,
	seconds,
	clock,
	signal,
}: {
	readonly link: PlannedLink;
	/** 0: what the first end sends. */
	readonly direction: 0 | 1;
	readonly links: EmulatedLinks;
	readonly connect?: ConnectEnds;
	readonly seconds: Seconds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<DirectionRate> {
	const from = link.ends[direction].site;
	const frameSeconds = (frameBytes * 8) / link.shape.rateBitsPerSecond;
	using flow = await startFlow({link, direction, connect});
	const counter = () => links.counters(link, from);
	// A link that never fills is one that this machine cannot fill; what it carries is measured all the same, and shows it.
	for (let poll = 0; poll < fillPollsMax && counter().backlogBytes === 0; poll++) {
		await clock.sleep(pollSeconds, signal);
	}
	await clock.sleep(Math.max(rampSeconds, rampFrames * frameSeconds), signal);

	const windowSeconds = Math.max(seconds / windowCount, framesMin * frameSeconds);
	const kept: Window[] = [];
	const all: Window[] = [];
	while (kept.length < windowCount && all.length < windowCount * attemptsMax) {
		const window = await measureWindow({counter, flow, seconds: windowSeconds, clock, signal});
		all.push(window);
		if (!window.ranEmpty) {
			kept.push(window);
		}
	}
	const {layer2BitsPerSecond} = middleOf(kept.length > 0 ? kept : all);
	return {from, layer2BitsPerSecond, goodputBitsPerSecond: meanGoodput(all)};
}

type Window = Omit<DirectionRate, 'from'> & {readonly ranEmpty: boolean};

/** The window whose rate is the median. */
function middleOf(windows: readonly Window[]): Window {
	const sorted = windows.toSorted((a, b) => a.layer2BitsPerSecond - b.layer2BitsPerSecond);
	const middle = sorted[Math.floor(sorted.length / 2)];
	assert(middle, 'at least one window is measured');
	return middle;
}

/** What the receiver has taken by the end of one window may have left in another: only all of them together tell. */
const meanGoodput = (windows: readonly Window[]): BitsPerSecond =>
	windows.reduce((sum, {goodputBitsPerSecond}) => sum + goodputBitsPerSecond, 0) / windows.length;

type Measurement = {
	readonly counter: () => {readonly bytes: Bytes; readonly backlogBytes: Bytes};
	readonly flow: SaturatingFlow;
	readonly seconds: Seconds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

async function measureWindow(measurement: Measurement): Promise<Window> {
	const {counter, seconds, clock, signal} = measurement;
	const start = await nextDeparture(measurement);
	const endNs = start.atNs + nanoseconds(seconds);
	let ranEmpty = false;
	while (clock.nowNs() < endNs) {
		await clock.sleep(pollSeconds, signal);
		ranEmpty ||= counter().backlogBytes === 0;
	}
	const end = await nextDeparture(measurement);
	const elapsedSeconds = Number(end.atNs - start.atNs) / 1e9;
	return {
		layer2BitsPerSecond: ((end.bytes - start.bytes) * 8) / elapsedSeconds,
		goodputBitsPerSecond: ((end.receivedBytes - start.receivedBytes) * 8) / elapsedSeconds,
		ranEmpty,
	};
}

type Departure = {readonly atNs: MonotonicNs; readonly bytes: Bytes; readonly receivedBytes: Bytes};

/**
 * The next instant at which a segment leaves, with the bytes that had left before it: what has left between two such instants is
 * exactly what the rate allowed between them, however the segments differ in size, and few as they are on a slow link.
 *
 * The instant is known as well as the counter was read closely before and after it; one that fell into a pause of this process
 * is let pass, as long as the window is not much longer for it.
 */
async function nextDeparture({counter, flow, seconds, clock, signal}: Measurement): Promise<Departure> {
	const goodEnoughNs = nanoseconds(seconds * departureErrorRatio);
	const limitNs = clock.nowNs() + nanoseconds(seconds);
	let before = {bytes: counter().bytes, atNs: clock.nowNs()};
	let best: {departure: Departure; gapNs: MonotonicNs} | undefined;
	for (;;) {
		const now = {bytes: counter().bytes, atNs: clock.nowNs()};
		const gapNs = now.atNs - before.atNs;
		if (now.bytes !== before.bytes && (!best || gapNs < best.gapNs)) {
			const departure = {atNs: before.atNs + gapNs / 2n, bytes: before.bytes, receivedBytes: flow.receivedBytes()};
			best = {departure, gapNs};
		}
		if (best && (best.gapNs <= goodEnoughNs || now.atNs >= limitNs)) {
			return best.departure;
		}
		if (now.atNs >= limitNs) {
			return {...now, receivedBytes: flow.receivedBytes()};
		}
		before = now;
		await nextTurn(undefined, {signal});
	}
}

const nanoseconds = (seconds: Seconds): MonotonicNs => BigInt(Math.round(seconds * 1e9));

const framesMin = 24;
const rampFrames = 8;
const rampSeconds: Seconds = 0.05;
const pollSeconds: Seconds = 0.005;
const fillPollsMax = 100;
const windowCount = 5;
const attemptsMax = 3;
/** A fifth of the half per cent that a measured rate may be off. */
const departureErrorRatio = 0.001;
