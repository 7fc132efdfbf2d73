import type {Bytes} from '#core/units.ts';

/**
 * Puts together what is decrypted in one turn of the event loop: TLS gives it out in records of 16 kB, and a write for each of them
 * would cost more than the copy.
 */
export class RecordBatch {
	readonly #onBatch: (batch: Buffer) => void;
	#records: Buffer[] = [];
	#bytes: Bytes = 0;

	constructor(onBatch: (batch: Buffer) => void) {
		this.#onBatch = onBatch;
	}

	add(record: Buffer): void {
		if (this.#records.length === 0) {
			setImmediate(() => this.flush());
		}
		this.#records.push(record);
		this.#bytes += record.length;
		if (this.#bytes >= batchBytesMax) {
			this.flush();
		}
	}

	/** Hands on what there is. */
	flush(): void {
		const [first] = this.#records;
		if (first) {
			const batch = this.#records.length === 1 ? first : Buffer.concat(this.#records, this.#bytes);
			this.#records = [];
			this.#bytes = 0;
			this.#onBatch(batch);
		}
	}
}

const batchBytesMax = 262_144;
