import assert from 'node:assert/strict';
import type {Chunk} from './chunk.ts';

/**
 * Chunks that wait, first in, first out. They are strung together: an array that is filled and emptied by turns is given
 * new memory each time.
 */
export class ChunkQueue {
	#first: Chunk | undefined;
	#last: Chunk | undefined;

	/** The next to be taken; `undefined` when nothing waits. */
	get first(): Chunk | undefined {
		return this.#first;
	}

	/** Puts a chunk at the end. It waits in one queue at a time. */
	push(chunk: Chunk): void {
		assert(chunk.following === undefined);
		if (this.#last) {
			this.#last.following = chunk;
		} else {
			this.#first = chunk;
		}
		this.#last = chunk;
	}

	/** Takes the first one; there must be one. */
	shift(): Chunk {
		const chunk = this.#first;
		assert(chunk);
		this.#first = chunk.following;
		if (!this.#first) {
			this.#last = undefined;
		}
		chunk.following = undefined;
		return chunk;
	}
}
