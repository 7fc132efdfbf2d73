import type {RecordLines} from '#core/records/record-lines.ts';
import type {CollectedDraw, SimulatedDraw, SimulatedEnd} from '../testbed.ts';
import {newPendingCount, takeBatch} from './pending-count.ts';

/** A draw whose lines come from a thread and wait here until they are read. */
export class PendingDraw implements SimulatedDraw {
	/** Shared with the thread, which waits while too many batches are on their way. */
	readonly pendingBatchCount = newPendingCount();
	readonly #end = Promise.withResolvers<CollectedDraw>();
	#waiting: RecordLines[] = [];
	#onLines: ((lines: RecordLines) => void) | undefined;

	constructor() {
		// A draw that nobody reads any more may fail unheard.
		this.#end.promise.catch(() => {});
	}

	/** How it ended, with what was collected of it. */
	get ended(): Promise<CollectedDraw> {
		return this.#end.promise;
	}

	put(lines: RecordLines): void {
		this.#waiting.push(lines);
		this.#handOn();
	}

	end(end: CollectedDraw): void {
		this.#end.resolve(end);
	}

	fail(reason: unknown): void {
		this.#end.reject(reason);
	}

	async read(onLines: (lines: RecordLines) => void): Promise<SimulatedEnd> {
		this.#onLines = onLines;
		this.#handOn();
		return (await this.#end.promise).end;
	}

	#handOn(): void {
		const onLines = this.#onLines;
		if (!onLines) {
			return;
		}
		const batches = this.#waiting;
		this.#waiting = [];
		for (const lines of batches) {
			takeBatch(this.pendingBatchCount);
			try {
				onLines(lines);
			} catch (error) {
				this.fail(error);
			}
		}
	}
}
