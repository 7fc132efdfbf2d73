import {parseKafkaEndpoint} from './kafka-endpoint.ts';
import {KafkaReader} from './kafka-reader.ts';
import type {Receiver, Slice} from './transport.ts';

/** The slices of all topics that a site is subscribed to, as they come. */
export class KafkaReceiver implements Receiver {
	readonly #readers = new Set<KafkaReader>();
	/** Slices that were fetched, and who waits until they are taken. */
	readonly #ready: Array<{readonly slices: readonly Slice[]; readonly onTaken: () => void}> = [];
	#onReady: () => void = () => {};
	#failure: Error | undefined;
	#isClosed = false;

	/** Reads a topic from its beginning until the subscription is disposed of. Rejects with NODE_LOST when it cannot. */
	async subscribe(text: string, onBroken = (error: unknown) => this.#fail(error)): Promise<AsyncDisposable> {
		const reader = await KafkaReader.open(parseKafkaEndpoint(text), {
			onSlices: slices => this.#offer(slices),
			onError: onBroken,
		});
		this.#readers.add(reader);
		return {
			[Symbol.asyncDispose]: async () => {
				this.#readers.delete(reader);
				await reader[Symbol.asyncDispose]();
			},
		};
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<Slice> {
		while (!this.#isClosed) {
			const next = this.#ready.shift();
			if (next) {
				yield* next.slices;
				next.onTaken();
			} else if (this.#failure !== undefined) {
				throw this.#failure;
			} else {
				await new Promise<void>(resolve => {
					this.#onReady = resolve;
				});
			}
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isClosed = true;
		this.#onReady();
		await Promise.all([...this.#readers].map(reader => reader[Symbol.asyncDispose]()));
	}

	#fail(error: unknown): void {
		this.#failure ??= error instanceof Error ? error : new Error(String(error));
		this.#onReady();
	}

	/** Resolves when they have been taken, so that a slow site is felt by the broker and not by its own memory. */
	#offer(slices: readonly Slice[]): Promise<void> {
		return new Promise(resolve => {
			this.#ready.push({slices, onTaken: resolve});
			this.#onReady();
		});
	}
}
