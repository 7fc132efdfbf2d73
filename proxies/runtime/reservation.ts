import type {Scenario} from '#core/scenario/schema.ts';
import {sum} from '#core/sum.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';

export type ReservationRule = Scenario['stack']['reservation'];

/** A link of a stream's way: what a chunk has on it, and what it can carry. */
export type ReservedHop = {readonly bytes: Bytes; readonly capacityBitsPerSecond: BitsPerSecond};

/**
 * What a stream reserves on each link of its way, so that its transfers together take no longer than they may and no link
 * falls behind the chunks. It may be more than a link has: whether it fits is another question.
 */
export function reservedRates(
	rule: ReservationRule,
	hops: readonly ReservedHop[],
	{transferSeconds, periodSeconds}: {readonly transferSeconds: Seconds; readonly periodSeconds: Seconds},
): readonly BitsPerSecond[] {
	switch (rule) {
		case 'equal-share': {
			// The least share of every link.
			const hopSeconds = hops.map(({bytes, capacityBitsPerSecond}) => (bytes * 8) / capacityBitsPerSecond);
			const shareRatio = Math.max(sum(hopSeconds) / transferSeconds, Math.max(...hopSeconds) / periodSeconds);
			return hops.map(({capacityBitsPerSecond}) => shareRatio * capacityBitsPerSecond);
		}
		case 'equal-bandwidth': {
			const bits = hops.map(({bytes}) => bytes * 8);
			const rate = Math.max(sum(bits) / transferSeconds, Math.max(...bits) / periodSeconds);
			return hops.map(() => rate);
		}
		case 'least-total':
			return leastTotal(
				hops.map(({bytes}) => bytes * 8),
				{transferSeconds, periodSeconds},
			);
		default:
			return rule satisfies never;
	}
}

/**
 * Least Σ rates with Σ bits/rate within the time: rates in proportion to √bits (Lagrange), and where that would fall behind
 * the chunks, the rate that just keeps up. What such links gain in time is left to the others, so theirs only fall.
 */
function leastTotal(
	bits: readonly number[],
	{transferSeconds, periodSeconds}: {readonly transferSeconds: Seconds; readonly periodSeconds: Seconds},
): readonly BitsPerSecond[] {
	const keepsUp = new Set<number>();
	for (;;) {
		const free = bits.filter((_, hop) => !keepsUp.has(hop));
		const leftSeconds = transferSeconds - keepsUp.size * periodSeconds;
		const factor = sum(free.map(Math.sqrt)) / leftSeconds;
		const slow = bits.flatMap((one, hop) =>
			!keepsUp.has(hop) && factor * Math.sqrt(one) < one / periodSeconds ? [hop] : [],
		);
		if (slow.length === 0) {
			return bits.map((one, hop) => (keepsUp.has(hop) ? one / periodSeconds : factor * Math.sqrt(one)));
		}
		for (const hop of slow) {
			keepsUp.add(hop);
		}
	}
}
