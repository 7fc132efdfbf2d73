import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Clock} from '#core/clock.ts';
import {linkRateLimits} from '#core/scenario/link-rate-schema.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import type {ConnectEnds} from '../calibration/link-connection.ts';
import {connectNamespaces} from '../calibration/namespace-connection.ts';
import type {EmulatedLinks} from '../emulated-links.ts';
import type {PlannedLink} from '../topology-plan.ts';
import {DepartureChains} from './departure-chains.ts';

/** One train of probe traffic over one direction of a link. */
export type ProbeRequest = {
	readonly link: string;
	/** The site that sends. */
	readonly from: string;
	/** What the sending program writes at a time. */
	readonly payloadBytes: Bytes;
	/** As much may be on its way: more than the link carries in a round trip, so that a queue stands. */
	readonly inFlightBytesMax: Bytes;
	/** The train ends after so many bytes or so much time, whatever comes first; real time. */
	readonly bytesMax: Bytes;
	readonly busySecondsMax: Seconds;
};

export type LinkProbe = {
	/** At layer 2, one for each window; none where the train never filled the link. */
	readonly windowsBitsPerSecond: readonly BitsPerSecond[];
	/** What was sent, without headers. */
	readonly bytes: Bytes;
};

/**
 * Sees what a direction of a link carries, as iperf would, with a transfer so short that streams beside it hardly feel it.
 *
 * The rate is read at the sending device's counter while a queue stands there, so streams that share the link do not make it look
 * narrower: what leaves of theirs counts too. What a shaped link lets pass at once after a pause is over before a queue stands.
 */
export async function probeLink({
	link,
	links,
	from,
	payloadBytes,
	inFlightBytesMax,
	bytesMax,
	busySecondsMax,
	connect = connectNamespaces,
	clock,
	signal,
}: Omit<ProbeRequest, 'link'> & {
	readonly link: PlannedLink;
	readonly links: EmulatedLinks;
	readonly connect?: ConnectEnds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<LinkProbe> {
	const [near, far] = link.ends[0].site === from ? link.ends : [link.ends[1], link.ends[0]];
	const pacingBitsPerSecond = linkRateLimits.maxBitsPerSecond;
	using connection = await connect(near, far, {farEnd: 'sink', pacingBitsPerSecond});
	const payload = Buffer.alloc(payloadBytes, 0x5b);
	let sentBytes: Bytes = 0;
	const chains = new DepartureChains();
	const endNs = clock.nowNs() + BigInt(Math.round(busySecondsMax * 1e9));
	while (connection.receivedBytes() < bytesMax && clock.nowNs() < endNs) {
		// Written piece by piece, so that the kernel does not send many pieces as one.
		const bytes = Math.min(payloadBytes, bytesMax - sentBytes);
		if (bytes > 0 && sentBytes - connection.receivedBytes() < inFlightBytesMax) {
			connection.near.write(bytes === payloadBytes ? payload : payload.subarray(0, bytes));
			sentBytes += bytes;
		}
		const fromNs = clock.nowNs();
		const {bytes: departedBytes, backlogBytes} = links.counters(link, from);
		chains.add({fromNs, atNs: clock.nowNs(), bytes: departedBytes, backlogBytes});
		await nextTurn(undefined, {signal});
	}
	return {windowsBitsPerSecond: chains.windows(), bytes: sentBytes};
}
