import type {Clock} from '#core/clock.ts';
import {brokerClientLimits} from './broker-client-limits.ts';
import type {Sender, Slice} from './transport.ts';

/** Hands slices to a broker that confirms each: so many may be unconfirmed, and the next one waits. */
export class WindowedSender implements Sender {
	readonly #clock: Clock;
	readonly #windowCount: number;
	readonly #store: (slice: Slice) => Promise<void>;
	readonly #close: () => Promise<void>;
	#underWayCount = 0;
	#onRoom: () => void = () => {};
	#failure: Error | undefined;
	#isClosed = false;

	constructor({
		clock,
		windowCount,
		store,
		close,
	}: {
		readonly clock: Clock;
		readonly windowCount: number;
		/** Called in the order of the slices, also while others are under way. Resolves when the broker has the slice. */
		readonly store: (slice: Slice) => Promise<void>;
		readonly close: () => Promise<void>;
	}) {
		this.#clock = clock;
		this.#windowCount = windowCount;
		this.#store = store;
		this.#close = close;
	}

	async send(slice: Slice): Promise<void> {
		while (!this.#failure && !this.#isClosed && this.#underWayCount >= this.#windowCount) {
			await new Promise<void>(resolve => {
				this.#onRoom = resolve;
			});
		}
		if (this.#failure) {
			throw this.#failure;
		}
		if (this.#isClosed) {
			throw new Error('the sender was closed');
		}
		this.#underWayCount++;
		this.#store(slice).then(
			() => {
				this.#underWayCount--;
				this.#onRoom();
			},
			(error: unknown) => {
				this.#clock.after(brokerClientLimits.lastWordSeconds, () => {
					this.#failure ??= error instanceof Error ? error : new Error(String(error));
					this.#onRoom();
				});
			},
		);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isClosed = true;
		this.#onRoom();
		await this.#close();
	}
}
