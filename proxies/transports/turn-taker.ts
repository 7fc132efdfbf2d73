import {setImmediate} from 'node:timers/promises';
import type {Bytes} from '#core/units.ts';

/** So much is carried before timers and other streams get their turn: about a millisecond's worth. */
const turnBytes: Bytes = 1_000_000;

/**
 * A transport that always has something to give or to take answers without a turn of the event loop, and a program that
 * only waits for it would hear of nothing else. Whoever loops over slices tells it what went through.
 */
export class TurnTaker {
	#carriedBytes: Bytes = 0;

	/** Waits for a turn of the event loop when one is due; else returns `undefined`, so that nothing need be awaited. */
	carried(bytes: Bytes): Promise<void> | undefined {
		this.#carriedBytes += bytes;
		if (this.#carriedBytes < turnBytes) {
			return undefined;
		}
		this.#carriedBytes = 0;
		return setImmediate();
	}
}
