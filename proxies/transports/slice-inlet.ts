import assert from 'node:assert/strict';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import type {BufferBudget} from './buffer-budget.ts';
import type {Chunk} from './chunk.ts';
import {ChunkAssembler} from './chunk-assembler.ts';
import {type ChunkHeader, decodeChunkHeader} from './chunk-header.ts';
import {freeBuffer} from './free-buffer.ts';
import type {Receiver} from './transport.ts';
import {TurnTaker} from './turn-taker.ts';

/** Who takes the chunks of one stream. */
export type ChunkTaker = {
	/** A whole chunk, its content not looked at; its bytes are taken from the budget. */
	readonly onChunk: (chunk: Chunk) => void;
	/** Slices of it contradict each other; it was dropped. */
	readonly onMisfit: (header: ChunkHeader) => void;
};

/** A slice can overtake the command that opens its stream here by so much, real time. */
const openingLimitSeconds: Seconds = 5;

/** Where a site's chunks come in: reads the receiver, puts slices together and hands whole chunks to their streams. */
export class SliceInlet implements AsyncDisposable {
	readonly #receiver: Receiver;
	readonly #clock: Clock;
	readonly #assembler: ChunkAssembler;
	readonly #takers = new Map<number, ChunkTaker>();
	readonly #closed = new Set<number>();
	readonly #subscriptions = new Map<number, AsyncDisposable>();
	readonly #onError: (error: unknown) => void;
	readonly #turns = new TurnTaker();
	#onOpened: () => void = () => {};
	#isDisposed = false;

	constructor({
		receiver,
		clock,
		budget,
		onError,
	}: {
		readonly receiver: Receiver;
		readonly clock: Clock;
		readonly budget: BufferBudget;
		/** Reading ended with this error. */
		readonly onError: (error: unknown) => void;
	}) {
		this.#receiver = receiver;
		this.#onError = onError;
		this.#clock = clock;
		// A chunk that never becomes whole is not told of: who compares what was sent with what arrived finds it lost.
		this.#assembler = new ChunkAssembler({budget, onIncomplete: () => {}});
		this.#read().catch((error: unknown) => {
			if (!this.#isDisposed) {
				onError(error);
			}
		});
	}

	open(streamIndex: number, taker: ChunkTaker): void {
		this.#closed.delete(streamIndex);
		this.#takers.set(streamIndex, taker);
		this.#onOpened();
	}

	/**
	 * Fetches an open stream's slices from where the stream is kept for this site. That they cannot be had there, at once or any
	 * longer, is told to `onBroken`.
	 */
	async subscribe(streamIndex: number, source: string, onBroken: (error: unknown) => void): Promise<void> {
		assert(this.#receiver.subscribe, 'only a transport that keeps slices has sources');
		try {
			this.#subscriptions.set(streamIndex, await this.#receiver.subscribe(source, onBroken));
		} catch (error) {
			onBroken(error);
		}
	}

	/** What is held of the stream's chunks, and what still comes of them, is dropped. */
	close(streamIndex: number): void {
		const subscription = this.#subscriptions.get(streamIndex);
		this.#subscriptions.delete(streamIndex);
		Promise.resolve(subscription?.[Symbol.asyncDispose]()).catch(this.#onError);
		this.#takers.delete(streamIndex);
		this.#closed.add(streamIndex);
		this.#assembler.close(streamIndex);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isDisposed = true;
		await this.#receiver[Symbol.asyncDispose]();
	}

	async #read(): Promise<void> {
		for await (const {header: encoded, payload} of this.#receiver) {
			const header = decodeChunkHeader(encoded);
			const {streamIndex} = header;
			const isKnown = () => this.#takers.has(streamIndex) || this.#closed.has(streamIndex);
			if (!isKnown()) {
				await this.#opening(streamIndex, isKnown);
			}
			const taker = this.#takers.get(streamIndex);
			const bytes = payload.length;
			if (taker) {
				this.#hand(taker, header, payload);
			}
			await this.#turns.carried(bytes);
		}
	}

	#hand(taker: ChunkTaker, header: ChunkHeader, payload: Buffer): void {
		const assembly = this.#assembler.add(header, payload);
		if (header.sliceCount > 1) {
			// Its bytes were copied into the chunk, or are of no use.
			freeBuffer(payload);
		}
		switch (assembly.kind) {
			case 'whole':
				taker.onChunk(assembly.chunk);
				return;
			case 'misfit':
				taker.onMisfit(header);
				return;
			case 'partial':
			case 'duplicate-slice':
				return;
			default:
				assembly satisfies never;
		}
	}

	/** Nothing is read meanwhile, so that slices stay in order and the wait is felt upstream. */
	async #opening(streamIndex: number, isKnown: () => boolean): Promise<void> {
		const {promise, resolve, reject} = Promise.withResolvers<void>();
		const cancel = this.#clock.after(openingLimitSeconds, () =>
			reject(
				new StreambedError(
					'TIMED_OUT',
					`a slice of stream ${streamIndex} arrived, and the stream was not opened here within ${openingLimitSeconds} s`,
				),
			),
		);
		this.#onOpened = () => {
			if (isKnown()) {
				resolve();
			}
		};
		await promise.finally(cancel);
	}
}
