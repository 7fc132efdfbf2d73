import assert from 'node:assert/strict';
import type {ScenarioLink} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
import {type Channel, type Crossing, capsFit, changeCap, enter, leave, newChannel, type Transfer} from './channel.ts';
import {type Engine, noEvent} from './engine.ts';
import {dealFairRates} from './fair-rates.ts';
import {priorities} from './priorities.ts';

/**
 * Links as fluids. Transfers run at their senders' caps as long as those fit into every link that they cross; where they do
 * not, the link is shared max-min fairly among the transfers under way. Rates change at once, also in the middle of a
 * transfer, and are dealt out once an instant.
 */
export class FluidNetwork {
	readonly #engine: Engine;
	readonly #channels = new Map<string, readonly [Channel, Channel]>();
	readonly #directions: readonly Channel[];
	readonly #dirty = new Set<Channel>();

	constructor({engine, links}: {readonly engine: Engine; readonly links: readonly ScenarioLink[]}) {
		this.#engine = engine;
		for (const {name, between, rateBitsPerSecond, delaySeconds} of links) {
			const direction = (from: string, to: string) =>
				newChannel({link: name, from, to, delaySeconds, capacityBitsPerSecond: rateBitsPerSecond});
			this.#channels.set(name, [direction(between[0], between[1]), direction(between[1], between[0])]);
		}
		this.#directions = [...this.#channels.values()].flat();
	}

	channel(link: string, from: string): Channel {
		const [one, other] = this.#both(link);
		assert(one.from === from || other.from === from, `link ${link} does not begin at ${from}`);
		return one.from === from ? one : other;
	}

	/** Both directions of every link. */
	get channels(): readonly Channel[] {
		return this.#directions;
	}

	setCapacity(link: string, bitsPerSecond: BitsPerSecond): void {
		for (const channel of this.#both(link)) {
			channel.capacityBitsPerSecond = bitsPerSecond;
			this.#touch(channel);
		}
	}

	/** A way for one chunk at a time; `onEnd` is called when the last bit of one has left. */
	way({channels, onEnd}: {readonly channels: readonly Channel[]; readonly onEnd: () => void}): Transfer {
		assert(channels.length > 0);
		const crossings: Crossing[] = [];
		const transfer: Transfer = {
			crossings,
			underWay: false,
			capBitsPerSecond: 0,
			bitsPerSecond: 0,
			nextBitsPerSecond: 0,
			rising: false,
			leftBytes: 0,
			sinceSeconds: 0,
			end: noEvent,
			onEnd,
			finish: () => this.#finish(transfer),
		};
		for (const channel of channels) {
			crossings.push({transfer, channel, before: undefined, after: undefined});
		}
		return transfer;
	}

	/** Begins a transfer on a way that is free. */
	start(
		transfer: Transfer,
		{bytes, capBitsPerSecond}: {readonly bytes: Bytes; readonly capBitsPerSecond: BitsPerSecond},
	): void {
		assert(bytes > 0 && !transfer.underWay);
		transfer.underWay = true;
		transfer.capBitsPerSecond = capBitsPerSecond;
		transfer.bitsPerSecond = 0;
		transfer.leftBytes = bytes;
		transfer.sinceSeconds = this.#engine.nowSeconds;
		for (const crossing of transfer.crossings) {
			enter(crossing);
		}
		this.#adapt(transfer);
	}

	/** Holds at once. */
	setCap(transfer: Transfer, bitsPerSecond: BitsPerSecond): void {
		assert(transfer.underWay);
		for (const crossing of transfer.crossings) {
			changeCap(crossing, bitsPerSecond);
		}
		transfer.capBitsPerSecond = bitsPerSecond;
		this.#adapt(transfer);
	}

	/** Gives a transfer up where it stands; its end does not come. */
	abandon(transfer: Transfer): void {
		this.#settle(transfer);
		this.#leave(transfer);
		this.#engine.cancel(transfer.end);
		transfer.end = noEvent;
	}

	/** All that a channel has carried up to now. */
	carriedBytes({settledBytes, first}: Channel): Bytes {
		let bytes = settledBytes;
		for (let crossing = first; crossing; crossing = crossing.after) {
			bytes += this.#movedBytes(crossing.transfer);
		}
		return bytes;
	}

	/** What is left of the transfers under way. */
	waitingBytes({first}: Channel): Bytes {
		let bytes = 0;
		for (let crossing = first; crossing; crossing = crossing.after) {
			bytes += crossing.transfer.leftBytes - this.#movedBytes(crossing.transfer);
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
		for (const {channel} of transfer.crossings) {
			if (channel.crowded || !capsFit(channel)) {
				this.#touchAll(transfer);
				return;
			}
		}
		this.#setRate(transfer, transfer.capBitsPerSecond);
	}

	#touchAll({crossings}: Transfer): void {
		for (const {channel} of crossings) {
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
			dealFairRates(neighbours);
			for (const {first} of neighbours) {
				for (let crossing = first; crossing; crossing = crossing.after) {
					this.#setRate(crossing.transfer, crossing.transfer.nextBitsPerSecond);
				}
			}
		}
	}

	#setRate(transfer: Transfer, bitsPerSecond: BitsPerSecond): void {
		if (bitsPerSecond === transfer.bitsPerSecond) {
			return;
		}
		assert(bitsPerSecond > 0);
		if (transfer.bitsPerSecond > 0) {
			this.#settle(transfer);
			this.#engine.cancel(transfer.end);
		} else {
			transfer.sinceSeconds = this.#engine.nowSeconds;
		}
		transfer.bitsPerSecond = bitsPerSecond;
		const endSeconds = this.#engine.nowSeconds + (transfer.leftBytes * 8) / bitsPerSecond;
		transfer.end = this.#engine.at(endSeconds, priorities.movement, transfer.finish);
	}

	#finish(transfer: Transfer): void {
		transfer.end = noEvent;
		for (const {channel} of transfer.crossings) {
			channel.settledBytes += transfer.leftBytes;
		}
		this.#leave(transfer);
		transfer.onEnd();
	}

	#leave(transfer: Transfer): void {
		transfer.underWay = false;
		for (const crossing of transfer.crossings) {
			leave(crossing);
			if (crossing.channel.crowded) {
				this.#touch(crossing.channel);
			}
		}
	}

	#settle(transfer: Transfer): void {
		const bytes = this.#movedBytes(transfer);
		transfer.leftBytes -= bytes;
		transfer.sinceSeconds = this.#engine.nowSeconds;
		for (const {channel} of transfer.crossings) {
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
	for (const {first} of found) {
		for (let crossing = first; crossing; crossing = crossing.after) {
			const {crossings} = crossing.transfer;
			if (crossings.length > 1) {
				for (const {channel} of crossings) {
					found.add(channel);
				}
			}
		}
	}
	return found;
}
