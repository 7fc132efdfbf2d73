import type {Clock} from '#core/clock.ts';
import {brokerClientLimits} from './broker-client-limits.ts';
import type {Receiver, Slice} from './transport.ts';

/** Who hears what a reader of one queue gets. */
export type QueueListener = {
	/** Resolves when they have been taken: then they may be acknowledged, and more be asked for. */
	readonly onSlices: (slices: readonly Slice[]) => Promise<void>;
	/** Reading ended with this. */
	readonly onError: (error: unknown) => void;
};

/** Reads one queue until it is disposed of. Rejects when it cannot. */
export type OpenQueue = (source: string, listener: QueueListener) => Promise<AsyncDisposable>;

/** The slices of all queues that a site is subscribed to, as they come; those of one queue in their order. */
export class QueueReceiver implements Receiver {
	readonly #open: OpenQueue;
	readonly #clock: Clock;
	readonly #readers = new Set<AsyncDisposable>();
	/** Slices that came, and who waits until they are taken. */
	readonly #ready: Array<{readonly slices: readonly Slice[]; readonly onTaken: () => void}> = [];
	#onReady: () => void = () => {};
	#failure: Error | undefined;
	#isClosed = false;

	constructor({open, clock}: {readonly open: OpenQueue; readonly clock: Clock}) {
		this.#open = open;
		this.#clock = clock;
	}

	async subscribe(source: string, onBroken = (error: unknown) => this.#fail(error)): Promise<AsyncDisposable> {
		const reader = await this.#open(source, {
			onSlices: slices =>
				new Promise(resolve => {
					this.#ready.push({slices, onTaken: resolve});
					this.#onReady();
				}),
			onError: error => {
				this.#clock.after(brokerClientLimits.lastWordSeconds, () => onBroken(error));
			},
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
}
