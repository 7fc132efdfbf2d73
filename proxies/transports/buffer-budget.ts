import {StreambedError} from '#core/errors.ts';
import type {Bytes} from '#core/units.ts';

/** The bytes of chunks that a site holds or queues, against its limit. */
export class BufferBudget {
	readonly #limitBytes: Bytes;
	#takenBytes: Bytes = 0;

	constructor(limitBytes: Bytes) {
		this.#limitBytes = limitBytes;
	}

	get takenBytes(): Bytes {
		return this.#takenBytes;
	}

	/** Throws LIMIT_REACHED when the site would hold more than it may. */
	take(bytes: Bytes): void {
		if (this.#takenBytes + bytes > this.#limitBytes) {
			throw new StreambedError(
				'LIMIT_REACHED',
				`${bytes} bytes more were to be held beside ${this.#takenBytes}, and the site's limit is ${this.#limitBytes} bytes`,
				{hint: 'the next link or site is too slow for the load, or limits.bufferedBytesPerSite is too low'},
			);
		}
		this.#takenBytes += bytes;
	}

	release(bytes: Bytes): void {
		this.#takenBytes -= bytes;
	}
}
