import type {BufferPool} from './buffer-pool.ts';

/**
 * Puts together what is decrypted in one turn of the event loop: TLS gives it out in records of 16 kB, and a write for each of them
 * would cost more than the copy. The copy goes into a buffer that is used again: a fresh one of that size costs as much once more.
 */
export class RecordBatch {
	readonly #pool: BufferPool;
	readonly #onBatch: (batch: Uint8Array) => boolean;
	readonly #buffer: Buffer;
	#filledBytes = 0;
	#isLent = false;

	/** `onBatch` answers whether it is done with the batch; if not, nothing may be added until `giveBack`. */
	constructor(pool: BufferPool, onBatch: (batch: Uint8Array) => boolean) {
		this.#pool = pool;
		this.#onBatch = onBatch;
		this.#buffer = pool.take();
	}

	add(record: Buffer): void {
		if (record.length > this.#buffer.length - this.#filledBytes) {
			this.flush();
		}
		if (this.#isLent || record.length > this.#buffer.length) {
			// The last one of a read that was under way when the batch before it was lent.
			this.#isLent = !this.#onBatch(record) || this.#isLent;
			return;
		}
		if (this.#filledBytes === 0) {
			setImmediate(() => this.flush());
		}
		this.#filledBytes += record.copy(this.#buffer, this.#filledBytes);
	}

	/** Hands on what there is. */
	flush(): void {
		if (this.#filledBytes > 0 && !this.#isLent) {
			const batch = this.#buffer.subarray(0, this.#filledBytes);
			this.#filledBytes = 0;
			this.#isLent = !this.#onBatch(batch);
		}
	}

	/** The batch has been taken whole. */
	giveBack(): void {
		this.#isLent = false;
	}

	/** Nothing more will come. */
	release(): void {
		this.#pool.giveBack(this.#buffer);
	}
}
