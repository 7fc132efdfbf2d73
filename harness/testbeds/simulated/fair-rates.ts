import type {BitsPerSecond} from '#core/units.ts';
import type {Channel, Transfer} from './fluid-network.ts';

/** Caps that exceed a link by no more than this share of it fit: their sum is rounded. */
const capacityTolerance = 1e-9;

/**
 * The rate of every transfer on these channels. Where the caps fit into the links, each transfer has its cap. Otherwise
 * the links are filled as max-min fairness wants: all rates rise together, and a transfer stops rising at its cap or when one
 * of its links is full. Without caps, on one link, that is processor sharing.
 */
export function fairRates(channels: Iterable<Channel>): ReadonlyMap<Transfer, BitsPerSecond> {
	const rates = new Map<Transfer, BitsPerSecond>();
	const rooms: Room[] = [];
	for (const channel of channels) {
		for (const transfer of channel.transfers) {
			rates.set(transfer, transfer.capBitsPerSecond);
		}
		if (!capsFit(channel)) {
			rooms.push({freeBitsPerSecond: channel.capacityBitsPerSecond, rising: new Set(channel.transfers)});
		}
	}
	while (rooms.some(({rising}) => rising.size > 0)) {
		const [tightest, shareBitsPerSecond] = tightestOf(rooms);
		const capped = [...new Set(rooms.flatMap(({rising}) => [...rising]))].filter(
			({capBitsPerSecond}) => capBitsPerSecond <= shareBitsPerSecond,
		);
		for (const transfer of capped.length > 0 ? capped : [...tightest.rising]) {
			const rate = Math.min(transfer.capBitsPerSecond, shareBitsPerSecond);
			rates.set(transfer, rate);
			for (const room of rooms) {
				if (room.rising.delete(transfer)) {
					room.freeBitsPerSecond -= rate;
				}
			}
		}
	}
	return rates;
}

/** Whether all transfers of a channel can run at their caps. */
export function capsFit({transfers, capacityBitsPerSecond}: Channel): boolean {
	let asked = 0;
	for (const {capBitsPerSecond} of transfers) {
		asked += capBitsPerSecond;
	}
	return asked <= capacityBitsPerSecond * (1 + capacityTolerance);
}

/** A link whose transfers ask for more than it has: what is not yet given away, and to whom it may still go. */
type Room = {freeBitsPerSecond: BitsPerSecond; readonly rising: Set<Transfer>};

/** The link that fills up first when all rates rise together, and the rate at which it does. */
function tightestOf(rooms: readonly Room[]): readonly [Room, BitsPerSecond] {
	let tightest = rooms[0] as Room;
	let shareBitsPerSecond: BitsPerSecond = Number.POSITIVE_INFINITY;
	for (const room of rooms) {
		const share = room.freeBitsPerSecond / room.rising.size;
		if (room.rising.size > 0 && share < shareBitsPerSecond) {
			tightest = room;
			shareBitsPerSecond = share;
		}
	}
	return [tightest, shareBitsPerSecond];
}
