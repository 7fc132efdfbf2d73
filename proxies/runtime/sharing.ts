import type {BitsPerSecond} from '#core/units.ts';
import {type Channel, reservedBitsPerSecond} from './ledger.ts';

/**
 * What each stream may send on one direction of a link: its reservation and an equal share of the spare; where the capacity
 * has fallen below the reservations, all of them shrink in proportion.
 */
export function sharedRates(channel: Channel): ReadonlyMap<string, BitsPerSecond> {
	const {capacityBitsPerSecond, reservations} = channel;
	const reserved = reservedBitsPerSecond(channel);
	const spare = capacityBitsPerSecond - reserved;
	const rates = new Map<string, BitsPerSecond>();
	for (const [stream, reservation] of reservations) {
		const rate =
			spare >= 0 ? reservation + spare / reservations.size : (reservation * capacityBitsPerSecond) / reserved;
		rates.set(stream, rate);
	}
	return rates;
}
