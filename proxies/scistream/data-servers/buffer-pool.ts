import type {Bytes} from '#core/units.ts';

/** Buffers of one size for reads. Those of connections that are over serve the next ones, up to a few; a fresh one costs memory only where it was written to. */
export class BufferPool {
	readonly #bytes: Bytes;
	readonly #free: Buffer[] = [];

	constructor(bytes: Bytes) {
		this.#bytes = bytes;
	}

	take(): Buffer {
		return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
	}

	giveBack(buffer: Buffer): void {
		if (this.#free.length < keptCount) {
			this.#free.push(buffer);
		}
	}
}

const keptCount = 16;
