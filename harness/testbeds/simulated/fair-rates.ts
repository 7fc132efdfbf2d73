import type {BitsPerSecond} from '#core/units.ts';
import {type Channel, capsFit, type Transfer} from './channel.ts';

/**
 * Deals out the rates of every transfer on these channels, as `nextBitsPerSecond`. Where the caps fit into the links, each
 * transfer has its cap. Otherwise the links are filled as max-min fairness wants: all rates rise together, and a transfer
 * stops rising at its cap or when one of its links is full. Without caps, on one link, that is processor sharing.
 */
export function dealFairRates(channels: Iterable<Channel>): void {
	const full: Channel[] = [];
	for (const channel of channels) {
		for (let crossing = channel.first; crossing; crossing = crossing.after) {
			crossing.transfer.nextBitsPerSecond = crossing.transfer.capBitsPerSecond;
		}
		if (!capsFit(channel)) {
			full.push(channel);
		}
	}
	for (const channel of full) {
		channel.freeBitsPerSecond = channel.capacityBitsPerSecond;
		channel.risingCount = channel.transferCount;
		for (let crossing = channel.first; crossing; crossing = crossing.after) {
			crossing.transfer.rising = true;
		}
	}
	for (let tightest = tightestOf(full); tightest; tightest = tightestOf(full)) {
		const shareBitsPerSecond = shareOf(tightest);
		let cappedCount = 0;
		for (const channel of full) {
			cappedCount += stopCapped(channel, shareBitsPerSecond);
		}
		if (cappedCount === 0) {
			stopAll(tightest, shareBitsPerSecond);
		}
	}
}

/** Transfers whose caps lie below the level that the rates have reached have all that they want. */
function stopCapped(channel: Channel, shareBitsPerSecond: BitsPerSecond): number {
	let stoppedCount = 0;
	for (let crossing = channel.risingCount > 0 ? channel.first : undefined; crossing; crossing = crossing.after) {
		const {transfer} = crossing;
		if (transfer.rising && transfer.capBitsPerSecond <= shareBitsPerSecond) {
			stop(transfer, transfer.capBitsPerSecond);
			stoppedCount++;
		}
	}
	return stoppedCount;
}

/** The link is full. */
function stopAll(channel: Channel, shareBitsPerSecond: BitsPerSecond): void {
	for (let crossing = channel.first; crossing; crossing = crossing.after) {
		if (crossing.transfer.rising) {
			stop(crossing.transfer, shareBitsPerSecond);
		}
	}
}

function stop(transfer: Transfer, bitsPerSecond: BitsPerSecond): void {
	transfer.rising = false;
	transfer.nextBitsPerSecond = bitsPerSecond;
	for (const {channel} of transfer.crossings) {
		channel.freeBitsPerSecond -= bitsPerSecond;
		channel.risingCount--;
	}
}

/** The link that fills up first when all rates rise together. */
function tightestOf(full: readonly Channel[]): Channel | undefined {
	let tightest: Channel | undefined;
	for (const channel of full) {
		if (channel.risingCount > 0 && (tightest === undefined || shareOf(channel) < shareOf(tightest))) {
			tightest = channel;
		}
	}
	return tightest;
}

/** The rate at which a link is full when all that still rise do so together. */
function shareOf({freeBitsPerSecond, risingCount}: Channel): BitsPerSecond {
	return freeBitsPerSecond / risingCount;
}
