import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
import type {Chunk} from './chunk.ts';
import {sliceCount, sliceOf} from './slices.ts';
import {StreamPacer} from './stream-pacer.ts';
import type {Sender} from './transport.ts';
import {TurnTaker} from './turn-taker.ts';

/** A chunk on its way out. */
export type OutgoingChunk = {
	/** Asked for when the first slice may leave: the instant at which the chunk is sent. */
	readonly chunk: () => Chunk;
	/** Called once: when the last slice was handed over, or when the sender was disposed of before. */
	readonly onGone: () => void;
};

/**
 * Sends the chunks of one stream over one link, one after the other, slice by slice, at the stream's allowed rate.
 *
 * The first slice of a chunk leaves as soon as nothing is owed for the chunk before; the last one when the rate would have
 * carried the whole chunk, so that a chunk takes its bytes over its rate, as on a link of that rate of its own. Only the
 * chunk's own bytes count: what headers add is the link's to carry.
 */
export class ChunkSender implements AsyncDisposable {
	readonly #sender: Sender;
	readonly #pacer: StreamPacer;
	readonly #sliceBytes: Bytes;
	readonly #onError: (error: unknown) => void;
	readonly #queue: OutgoingChunk[] = [];
	readonly #closing = new AbortController();
	readonly #turns = new TurnTaker();
	#running: Promise<void> | undefined;
	#isBroken = false;

	constructor(options: {
		readonly sender: Sender;
		readonly clock: Clock;
		readonly sliceBytes: Bytes;
		readonly bitsPerSecond: BitsPerSecond | undefined;
		/** The transport refused: nothing more is sent, and what waits does so until the sender is disposed of. */
		readonly onError: (error: unknown) => void;
	}) {
		this.#sender = options.sender;
		this.#pacer = new StreamPacer(options);
		this.#sliceBytes = options.sliceBytes;
		this.#onError = options.onError;
	}

	setRate(bitsPerSecond: BitsPerSecond): void {
		this.#pacer.setRate(bitsPerSecond);
	}

	/** Takes any number; whoever queues keeps the bound. */
	enqueue(outgoing: OutgoingChunk): void {
		if (this.#closing.signal.aborted) {
			outgoing.onGone();
			return;
		}
		this.#queue.push(outgoing);
		if (!this.#isBroken) {
			this.#running ??= this.#run();
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#closing.abort();
		await this.#sender[Symbol.asyncDispose]();
		await this.#running;
		for (const {onGone} of this.#queue.splice(0)) {
			onGone();
		}
	}

	async #run(): Promise<void> {
		this.#pacer.beginAnew();
		try {
			for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
				try {
					await this.#send(next);
				} finally {
					next.onGone();
				}
			}
		} catch (error) {
			if (!this.#closing.signal.aborted) {
				this.#isBroken = true;
				this.#onError(error);
			}
		}
		this.#running = undefined;
	}

	async #send(outgoing: OutgoingChunk): Promise<void> {
		const {signal} = this.#closing;
		await this.#pacer.settled(signal);
		const chunk = outgoing.chunk();
		const count = sliceCount({chunkBytes: chunk.content.length, sliceBytes: this.#sliceBytes});
		for (let sliceIndex = 0; sliceIndex < count; sliceIndex++) {
			const slice = sliceOf(chunk, {sliceIndex, sliceBytes: this.#sliceBytes});
			const bytes = slice.payload.length;
			if (sliceIndex > 0 && sliceIndex === count - 1) {
				this.#pacer.owe(bytes);
				await this.#pacer.settled(signal);
			} else {
				await this.#pacer.settled(signal);
				this.#pacer.owe(bytes);
			}
			await this.#sender.send(slice);
			await this.#turns.carried(bytes);
		}
	}
}
