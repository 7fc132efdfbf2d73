import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';

/** The parameters of one direction of a link, as HTB and its leaf queue get them. */
export type LinkShape = {
	readonly rateBitsPerSecond: BitsPerSecond;
	readonly delaySeconds: Seconds;
	/** What may leave at once after a pause; `burst` and `cburst` alike. */
	readonly burstBytes: Bytes;
	/** A matter of several classes, of which there is one here; given so that HTB does not derive an absurd one. */
	readonly quantumBytes: Bytes;
	/** The most that waits; beyond it packets are dropped. */
	readonly queueBytes: Bytes;
};

/**
 * The shape that holds a rate within 0.5 % from 10 Mbit/s to 5 Gbit/s (docs/links.md): a burst of 5 ms and two frames at least,
 * a queue of 20 ms, 128 KiB at least (two full segments of a sender with offloads), and one bandwidth-delay product at least.
 */
export function linkShape({
	rateBitsPerSecond,
	delaySeconds,
}: {
	readonly rateBitsPerSecond: BitsPerSecond;
	readonly delaySeconds: Seconds;
}): LinkShape {
	const bytesPerSecond = rateBitsPerSecond / 8;
	const roundTripBytes = bytesPerSecond * 2 * delaySeconds;
	return {
		rateBitsPerSecond,
		delaySeconds,
		burstBytes: Math.ceil(Math.max(burstBytesMin, bytesPerSecond * burstSeconds)),
		quantumBytes,
		queueBytes: Math.ceil(Math.max(queueBytesMin, bytesPerSecond * queueSeconds, roundTripBytes)),
	};
}

/** An Ethernet frame of a full packet at MTU 1500, as HTB counts it: no preamble, no check sequence. */
export const frameBytes: Bytes = 1514;

const burstSeconds: Seconds = 0.005;
const burstBytesMin: Bytes = 3200;
const queueSeconds: Seconds = 0.02;
const queueBytesMin: Bytes = 131_072;
const quantumBytes: Bytes = 60_000;
