import assert from 'node:assert/strict';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {Chunk, Station} from './chunk.ts';
import type {Engine} from './engine.ts';
import type {Channel, FluidNetwork, Transfer} from './fluid-network.ts';
import {priorities} from './priorities.ts';
import type {SiteLoad} from './site-load.ts';

/** Sends the chunks of one stream from a site to the next that runs a program, whole ones, one after the other. */
export class LegSender implements Station {
	readonly #options;
	/** The first of them is being sent. */
	readonly #waiting: Chunk[] = [];
	readonly #onEnd = () => this.#finish();
	#capBitsPerSecond: BitsPerSecond;
	#transfer: Transfer | undefined;
	#closed = false;

	constructor(options: {
		readonly engine: Engine;
		readonly network: FluidNetwork;
		readonly from: SiteLoad;
		/** Absent where the leg ends at the consumer, which keeps nothing. */
		readonly to: SiteLoad | undefined;
		readonly channels: readonly Channel[];
		readonly delaySeconds: Seconds;
		/** Infinity where nothing is enforced. */
		readonly capBitsPerSecond: BitsPerSecond;
		readonly next: (chunk: Chunk) => void;
	}) {
		this.#options = options;
		this.#capBitsPerSecond = options.capBitsPerSecond;
	}

	accept(chunk: Chunk): void {
		this.#waiting.push(chunk);
		if (!this.#transfer) {
			this.#send(chunk);
		}
	}

	/** Holds at once, also for the chunk that is being sent. */
	setCap(bitsPerSecond: BitsPerSecond): void {
		this.#capBitsPerSecond = bitsPerSecond;
		if (this.#transfer) {
			this.#options.network.setCap(this.#transfer, bitsPerSecond);
		}
	}

	close(): void {
		this.#closed = true;
		if (this.#transfer) {
			this.#options.network.abandon(this.#transfer);
			this.#transfer = undefined;
		}
		for (const {bytes} of this.#waiting.splice(0)) {
			this.#options.from.give(bytes);
		}
	}

	#send(chunk: Chunk): void {
		const {network, channels} = this.#options;
		this.#transfer = network.start({
			channels,
			capBitsPerSecond: this.#capBitsPerSecond,
			leftBytes: chunk.bytes,
			onEnd: this.#onEnd,
		});
	}

	#finish(): void {
		const {engine, from, delaySeconds} = this.#options;
		const chunk = this.#waiting.shift();
		assert(chunk);
		this.#transfer = undefined;
		from.give(chunk.bytes);
		const following = this.#waiting[0];
		if (following) {
			this.#send(following);
		}
		if (delaySeconds === 0) {
			this.#arrive(chunk);
		} else {
			engine.at(engine.nowSeconds + delaySeconds, priorities.movement, () => this.#arrive(chunk));
		}
	}

	#arrive(chunk: Chunk): void {
		if (this.#closed) {
			return;
		}
		this.#options.to?.take(chunk.bytes);
		this.#options.next(chunk);
	}
}
