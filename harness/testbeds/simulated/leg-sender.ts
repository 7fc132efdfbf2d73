import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {Channel, Transfer} from './channel.ts';
import type {Chunk, Station} from './chunk.ts';
import {ChunkQueue} from './chunk-queue.ts';
import type {Engine} from './engine.ts';
import type {FluidNetwork} from './fluid-network.ts';
import {priorities} from './priorities.ts';
import type {SiteLoad} from './site-load.ts';

/** Sends the chunks of one stream from a site to the next that runs a program, whole ones, one after the other. */
export class LegSender implements Station {
	readonly #options;
	/** The first of them is being sent. */
	readonly #waiting = new ChunkQueue();
	readonly #transfer: Transfer;
	#capBitsPerSecond: BitsPerSecond;
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
		this.#transfer = options.network.way({channels: options.channels, onEnd: () => this.#finish()});
	}

	accept(chunk: Chunk): void {
		this.#waiting.push(chunk);
		if (!this.#transfer.underWay) {
			this.#send(chunk);
		}
	}

	/** Holds at once, also for the chunk that is being sent. */
	setCap(bitsPerSecond: BitsPerSecond): void {
		this.#capBitsPerSecond = bitsPerSecond;
		if (this.#transfer.underWay) {
			this.#options.network.setCap(this.#transfer, bitsPerSecond);
		}
	}

	close(): void {
		this.#closed = true;
		if (this.#transfer.underWay) {
			this.#options.network.abandon(this.#transfer);
		}
		while (this.#waiting.first) {
			this.#options.from.give(this.#waiting.shift().bytes);
		}
	}

	#send({bytes}: Chunk): void {
		this.#options.network.start(this.#transfer, {bytes, capBitsPerSecond: this.#capBitsPerSecond});
	}

	#finish(): void {
		const {engine, from, delaySeconds} = this.#options;
		const chunk = this.#waiting.shift();
		from.give(chunk.bytes);
		const {first} = this.#waiting;
		if (first) {
			this.#send(first);
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
