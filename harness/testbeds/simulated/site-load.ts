import {StreambedError} from '#core/errors.ts';
import {formatBytes} from '#core/quantities.ts';
import type {Bytes} from '#core/units.ts';

/** What a site has in hand: workers at work, and bytes of chunks that wait, are worked on or are being sent. */
export class SiteLoad {
	readonly #site: string;
	readonly #bufferedBytesMax: Bytes;
	#bufferedBytes: Bytes = 0;
	workersBusy = 0;

	constructor({site, bufferedBytesMax}: {readonly site: string; readonly bufferedBytesMax: Bytes}) {
		this.#site = site;
		this.#bufferedBytesMax = bufferedBytesMax;
	}

	get bufferedBytes(): Bytes {
		return this.#bufferedBytes;
	}

	/** Throws LIMIT_REACHED when the site cannot hold that much. */
	take(bytes: Bytes): void {
		this.#bufferedBytes += bytes;
		if (this.#bufferedBytes > this.#bufferedBytesMax) {
			throw new StreambedError(
				'LIMIT_REACHED',
				`${this.#site} holds ${formatBytes(this.#bufferedBytes)} of chunks, ${formatBytes(this.#bufferedBytesMax)} at most`,
				{hint: 'raise limits.bufferedBytesPerSite in the scenario, or offer less load'},
			);
		}
	}

	give(bytes: Bytes): void {
		this.#bufferedBytes -= bytes;
	}
}
