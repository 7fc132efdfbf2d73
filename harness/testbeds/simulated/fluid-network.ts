import assert from 'node:assert/strict';
import type {ScenarioLink} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import type {Engine, EventHandle} from './engine.ts';
import {capsFit, fairRates} from './fair-rates.ts';
import {priorities} from './priorities.ts';

/** One direction of a link. */
export type Channel = {
	readonly link: string;
	/** The site that sends in this direction. */
	readonly from: string;
	capacityBitsPerSecond: BitsPerSecond;
	readonly transfers: Set<Transfer>;
	/** The caps of its transfers do not fit, so that every rate depends on all of them. */
	crowded: boolean;
	/** Carried by transfers up to the last change of their rates; see `carriedBytes`. */
	settledBytes: Bytes;
};

/** A chunk on its way over the links between two sites, as a fluid. */
export type Transfer = {
	readonly channels: readonly Channel[];
	/** What its sender lets out at most; Infinity where nothing is enforced. */
	capBitsPerSecond: BitsPerSecond;
	bitsPerSecond: BitsPerSecond;
	/** What was left when the rate last changed. */
	leftBytes: Bytes;
	sinceSeconds: Seconds;
	end: EventHandle | undefined;
	readonly onEnd: () => void;
	readonly finish: () => void;
};

/**
 * Links as fluids. Transfers run at their senders' caps as long as those fit into every link that they cross; where they do
 * not, the link is shared max-min fairly among the transfers under way. Rates change at once, also in the middle of a
 * transfer, and are dealt out once an instant.
 */
export class FluidNetwork {
	readonly #engine: Engine;
	readonly #channels = new Map<string, readonly [Channel, Channel]>();
	readonly #dirty = new Set<Channel>();

	constructor({engine, links}: {readonly engine: Engine; readonly links: readonly ScenarioLink[]}) {
		this.#engine = engine;
		for (const {name, between, rateBitsPerSecond} of links) {
			const direction = (from: string): Channel => ({
				link: name,
				from,
				capacityBitsPerSecond: rateBitsPerSecond,
				transfers: new Set(),
				crowded: false,
				settledBytes: 0,
			});
			this.#channels.set(name, [direction(between[0]), direction(between[1])]);
		}
	}

	channel(link: string, from: string): Channel {
		const channel = this.#both(link).find(one => one.from === from);
		assert(channel, `link ${link} does not begin at ${from}`);
		return channel;
	}

	/** Both directions of every link. */
	channels(): readonly Channel[] {
		return [...this.#channels.values()].flat();
	}

	setCapacity(link: string, bitsPerSecond: BitsPerSecond): void {
		for (const channel of this.#both(link)) {
			channel.capacityBitsPerSecond = bitsPerSecond;
			this.#touch(channel);
		}
	}

	/** Begins a transfer; `onEnd` is called when its last bit has left. */
	start(asked: Pick<Transfer, 'channels' | 'capBitsPerSecond' | 'leftBytes' | 'onEnd'>): Transfer {
		assert(asked.leftBytes > 0 && asked.channels.length > 0);
		const {channels, capBitsPerSecond, leftBytes, onEnd} = asked;
		const sinceSeconds = this.#engine.nowSeconds;
		const transfer: Transfer = {
			channels,
			capBitsPerSecond,
			bitsPerSecond: 0,
			leftBytes,
			sinceSeconds,
			end: undefined,
			onEnd,
			finish: () => this.#finish(transfer),
		};
		for (const channel of channels) {
			channel.transfers.add(transfer);
		}
		this.#adapt(transfer);
		return transfer;
	}

	setCap(transfer: Transfer, bitsPerSecond: BitsPerSecond): void {
		transfer.capBitsPerSecond = bitsPerSecond;
		this.#adapt(transfer);
	}

	/** Gives a transfer up where it stands; its end does not come. */
	abandon(transfer: Transfer): void {
		this.#settle(transfer);
		this.#leave(transfer);
		if (transfer.end !== undefined) {
			this.#engine.cancel(transfer.end);
		}
	}

	/** All that a channel has carried up to now. */
	carriedBytes({settledBytes, transfers}: Channel): Bytes {
		let bytes = settledBytes;
		for (const transfer of transfers) {
			bytes += this.#movedBytes(transfer);
		}
		return bytes;
	}

	/** What is left of the transfers under way. */
	waitingBytes({transfers}: Channel): Bytes {
		let bytes = 0;
		for (const transfer of transfers) {
			bytes += transfer.leftBytes - this.#movedBytes(transfer);
		}
		return bytes;
	}

	#both(link: string): readonly [Channel, Channel] {
		const both = this.#channels.get(link);
		assert(both, `no link ${link}`);
		return both;
	}

	/** Where there is room for everybody's cap, a transfer has its own and moves nobody else. */
	#adapt(transfer: Transfer): void {
		const {channels, capBitsPerSecond} = transfer;
		if (channels.every(channel => !channel.crowded && capsFit(channel))) {
			this.#setRate(transfer, capBitsPerSecond);
			return;
		}
		for (const channel of channels) {
			this.#touch(channel);
		}
	}

	#touch(channel: Channel): void {
		if (this.#dirty.size === 0) {
			this.#engine.at(this.#engine.nowSeconds, priorities.reallocation, () => this.#reallocate());
		}
		this.#dirty.add(channel);
	}

	#reallocate(): void {
		for (const channel of this.#dirty) {
			const neighbours = connected(channel);
			for (const one of neighbours) {
				this.#dirty.delete(one);
				one.crowded = !capsFit(one);
			}
			for (const [transfer, bitsPerSecond] of fairRates(neighbours)) {
				this.#setRate(transfer, bitsPerSecond);
			}
		}
	}

	#setRate(transfer: Transfer, bitsPerSecond: BitsPerSecond): void {
		if (bitsPerSecond === transfer.bitsPerSecond) {
			return;
		}
		assert(bitsPerSecond > 0);
		this.#settle(transfer);
		transfer.bitsPerSecond = bitsPerSecond;
		if (transfer.end !== undefined) {
			this.#engine.cancel(transfer.end);
		}
		const endSeconds = this.#engine.nowSeconds + (transfer.leftBytes * 8) / bitsPerSecond;
		transfer.end = this.#engine.at(endSeconds, priorities.movement, transfer.finish);
	}

	#finish(transfer: Transfer): void {
		for (const channel of transfer.channels) {
			channel.settledBytes += transfer.leftBytes;
		}
		this.#leave(transfer);
		transfer.onEnd();
	}

	#leave(transfer: Transfer): void {
		for (const channel of transfer.channels) {
			channel.transfers.delete(transfer);
			if (channel.crowded) {
				this.#touch(channel);
			}
		}
	}

	#settle(transfer: Transfer): void {
		const bytes = this.#movedBytes(transfer);
		transfer.leftBytes -= bytes;
		transfer.sinceSeconds = this.#engine.nowSeconds;
		for (const channel of transfer.channels) {
			channel.settledBytes += bytes;
		}
	}

	/** Since the rate last changed; never more than was left, which rounding of the instants could feign. */
	#movedBytes({bitsPerSecond, leftBytes, sinceSeconds}: Transfer): Bytes {
		return Math.min(leftBytes, (bitsPerSecond / 8) * (this.#engine.nowSeconds - sinceSeconds));
	}
}

/** A channel and all that share transfers with it, directly or by others. */
function connected(start: Channel): ReadonlySet<Channel> {
	const found = new Set([start]);
	for (const channel of found) {
		for (const {channels} of channel.transfers) {
			if (channels.length > 1) {
				for (const other of channels) {
					found.add(other);
				}
			}
		}
	}
	return found;
}
