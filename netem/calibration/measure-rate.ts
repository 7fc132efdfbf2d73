import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes, MonotonicNs, Seconds} from '#core/units.ts';
import type {EmulatedLinks} from '../emulated-links.ts';
import {frameBytes} from '../link-shape.ts';
import type {PlannedLink} from '../topology-plan.ts';
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
 * The counter moves when a segment leaves, at low rates a few times in a hundred milliseconds: the window begins and ends at an instant
 * at which it moved, so that no part of a segment is cut off. The first burst, and the ramp of TCP, are over before it begins.
 */
export async function measureRate({
	link,
	direction,
	links,
	seconds,
	clock,
	signal,
}: {
	readonly link: PlannedLink;
	/** 0: what the first end sends. */
	readonly direction: 0 | 1;
	readonly links: EmulatedLinks;
	readonly seconds: Seconds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<DirectionRate> {
	const from = link.ends[direction];
	const to = link.ends[direction === 0 ? 1 : 0];
	const {rateBitsPerSecond} = link.shape;
	const windowSeconds = Math.max(seconds, (framesMin * frameBytes * 8) / rateBitsPerSecond);
	const counter = () => links.counters(link, from.site);

	using flow = await startFlow(from, to);
	await untilBacklogged(counter, {clock, signal});
	await clock.sleep(Math.max(rampSeconds, (rampFrames * frameBytes * 8) / rateBitsPerSecond), signal);
	const edge = {counter, flow, clock, signal, limitSeconds: windowSeconds};
	const start = await nextEdge(edge);
	await clock.sleep(windowSeconds, signal);
	const end = await nextEdge(edge);

	const elapsed = Number(end.atNs - start.atNs) / 1e9;
	return {
		from: from.site,
		layer2BitsPerSecond: ((end.bytes - start.bytes) * 8) / elapsed,
		goodputBitsPerSecond: ((end.receivedBytes - start.receivedBytes) * 8) / elapsed,
	};
}

type Counter = () => {readonly bytes: Bytes; readonly backlogBytes: Bytes};

async function untilBacklogged(
	counter: Counter,
	{clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<void> {
	// A link that never fills is one that this machine cannot fill; what it carries is measured all the same, and shows it.
	for (let poll = 0; poll < pollsMax && counter().backlogBytes === 0; poll++) {
		await clock.sleep(pollSeconds, signal);
	}
}

/** The next instant at which the counter moves, or the end of the time allowed for it. */
async function nextEdge({
	counter,
	flow,
	clock,
	signal,
	limitSeconds,
}: {
	readonly counter: Counter;
	readonly flow: SaturatingFlow;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	readonly limitSeconds: Seconds;
}): Promise<{readonly atNs: MonotonicNs; readonly bytes: Bytes; readonly receivedBytes: Bytes}> {
	const before = counter().bytes;
	const limitNs = clock.nowNs() + BigInt(Math.round(limitSeconds * 1e9));
	for (;;) {
		const {bytes} = counter();
		const atNs = clock.nowNs();
		if (bytes !== before || atNs >= limitNs) {
			return {atNs, bytes, receivedBytes: flow.receivedBytes()};
		}
		await nextTurn(undefined, {signal});
	}
}

const framesMin = 24;
const rampFrames = 8;
const rampSeconds: Seconds = 0.05;
const pollSeconds: Seconds = 0.005;
const pollsMax = 100;
