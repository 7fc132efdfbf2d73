import type {RecordBody} from '#core/records/schema.ts';

const recordsPerBatch = 1000;

/** So many batches of a draw may be on their way: a thread that is further ahead of its reader waits. */
const pendingBatchCountMax = 64;

/** The thread's end of a draw's records: gathers them into batches and blocks while too many are on their way. */
export class RecordBatches {
	readonly #pendingCount: Int32Array;
	readonly #send: (records: readonly RecordBody[]) => void;
	#batch: RecordBody[] = [];

	constructor(pendingCount: Int32Array, send: (records: readonly RecordBody[]) => void) {
		this.#pendingCount = pendingCount;
		this.#send = send;
	}

	add(record: RecordBody): void {
		this.#batch.push(record);
		if (this.#batch.length === recordsPerBatch) {
			this.flush();
		}
	}

	/** Sends what was gathered. */
	flush(): void {
		for (let count = this.#count(); count >= pendingBatchCountMax; count = this.#count()) {
			Atomics.wait(this.#pendingCount, 0, count);
		}
		Atomics.add(this.#pendingCount, 0, 1);
		this.#send(this.#batch);
		this.#batch = [];
	}

	#count(): number {
		return Atomics.load(this.#pendingCount, 0);
	}
}

/** The reader's end: how many batches are on their way, none at first. */
export function newPendingCount(): Int32Array {
	return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** The reader has taken a batch; a thread that waits goes on. */
export function takeBatch(pendingCount: Int32Array): void {
	Atomics.sub(pendingCount, 0, 1);
	Atomics.notify(pendingCount, 0);
}
