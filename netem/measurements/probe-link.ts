import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import {connectNamespaces} from '../calibration/namespace-connection.ts';
import type {EmulatedLinks} from '../emulated-links.ts';
import type {PlannedLink} from '../topology-plan.ts';
import {DepartureChains} from './departure-chains.ts';

/** One train of probe traffic over one direction of a link. */
export type ProbeRequest = {
	readonly link: string;
	/** The site that sends. */
	readonly from: string;
	/** What is believed of the link: the train is sent at four times that, so that it fills the queue. */
	readonly believedBitsPerSecond: BitsPerSecond;
	/** What the sending program writes at a time. */
	readonly payloadBytes: Bytes;
	/** The train ends after so many bytes or so much time, whatever comes first; real time. */
	readonly bytesMax: Bytes;
	readonly busySecondsMax: Seconds;
};

export type LinkProbe = {
	/** At layer 2, one for each window; none where the train never filled the link. */
	readonly windowsBitsPerSecond: readonly BitsPerSecond[];
	/** What the train put on the link, at most. */
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
	believedBitsPerSecond,
	payloadBytes,
	bytesMax,
	busySecondsMax,
	clock,
	signal,
}: Omit<ProbeRequest, 'link'> & {
	readonly link: PlannedLink;
	readonly links: EmulatedLinks;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<LinkProbe> {
	const [near, far] = link.ends[0].site === from ? link.ends : [link.ends[1], link.ends[0]];
	using connection = await connectNamespaces(near, far, {pacingBitsPerSecond: 4 * believedBitsPerSecond});
	let receivedBytes: Bytes = 0;
	connection.far.on('data', data => {
		receivedBytes += data.length;
	});
	sendTrain(connection.near, {payloadBytes, bytesMax});
	const chains = new DepartureChains();
	const endNs = clock.nowNs() + BigInt(Math.round(busySecondsMax * 1e9));
	let backlogBytes: Bytes = 0;
	while (receivedBytes < bytesMax && clock.nowNs() < endNs) {
		const counters = links.counters(link, from);
		backlogBytes = counters.backlogBytes;
		chains.add({atNs: clock.nowNs(), bytes: counters.bytes, backlogBytes});
		await nextTurn(undefined, {signal});
	}
	return {windowsBitsPerSecond: chains.windows(), bytes: Math.min(bytesMax, receivedBytes + backlogBytes)};
}

/** Writes until all is written or the socket goes. */
function sendTrain(
	socket: {
		readonly destroyed: boolean;
		write(data: Buffer): boolean;
		on(event: 'drain', listener: () => void): unknown;
	},
	{payloadBytes, bytesMax}: {readonly payloadBytes: Bytes; readonly bytesMax: Bytes},
): void {
	const payload = Buffer.alloc(payloadBytes, 0x5b);
	let leftBytes = bytesMax;
	const fill = () => {
		while (leftBytes > 0 && !socket.destroyed) {
			const bytes = Math.min(leftBytes, payloadBytes);
			leftBytes -= bytes;
			if (!socket.write(bytes === payloadBytes ? payload : payload.subarray(0, bytes))) {
				return;
			}
		}
	};
	socket.on('drain', fill);
	fill();
}
