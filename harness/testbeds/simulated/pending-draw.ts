import type {RecordBody} from '#core/records/schema.ts';
import type {SimulatedDraw, VariantEnd} from '../testbed.ts';
import {newPendingCount, takeBatch} from './record-batches.ts';

/** A draw whose records come from a thread and wait here until they are read. */
export class PendingDraw implements SimulatedDraw {
	/** Shared with the thread, which waits while too many batches are on their way. */
	readonly pendingBatchCount = newPendingCount();
	readonly #end = Promise.withResolvers<VariantEnd>();
	#waiting: Array<readonly RecordBody[]> = [];
	#onRecord: ((record: RecordBody) => void) | undefined;

	constructor() {
		// A draw that nobody reads any more may fail unheard.
		this.#end.promise.catch(() => {});
	}

	put(batch: readonly RecordBody[]): void {
		this.#waiting.push(batch);
		this.#handOn();
	}

	end(end: VariantEnd): void {
		this.#end.resolve(end);
	}

	fail(reason: unknown): void {
		this.#end.reject(reason);
	}

	async read(onRecord: (record: RecordBody) => void): Promise<VariantEnd> {
		this.#onRecord = onRecord;
		this.#handOn();
		return await this.#end.promise;
	}

	#handOn(): void {
		const onRecord = this.#onRecord;
		if (!onRecord) {
			return;
		}
		const batches = this.#waiting;
		this.#waiting = [];
		for (const batch of batches) {
			takeBatch(this.pendingBatchCount);
			try {
				batch.forEach(onRecord);
			} catch (error) {
				this.fail(error);
			}
		}
	}
}
