import type {ChunkCounts} from './run-data.ts';

const marks = {produced: 1, delivered: 2, lost: 4, corrupt: 8, late: 16, reordered: 32, warmUp: 64} as const;

export type ChunkMark = keyof typeof marks;

/**
 * What became of every chunk of one stream: a byte a chunk, so that nothing is counted twice, whatever the order in which
 * the sites' records come.
 */
export class ChunkLedger {
	#bytes = new Uint8Array(64);
	#length = 0;
	#duplicateCount = 0;

	mark(sequence: number, mark: ChunkMark): void {
		this.#reach(sequence);
		this.#bytes[sequence] = (this.#bytes[sequence] ?? 0) | marks[mark];
	}

	duplicate(): void {
		this.#duplicateCount += 1;
	}

	has(sequence: number, mark: ChunkMark): boolean {
		return ((this.#bytes[sequence] ?? 0) & marks[mark]) !== 0;
	}

	/** Chunks of the warm-up are not counted. */
	counts(): ChunkCounts {
		const count = {
			produced: 0,
			delivered: 0,
			late: 0,
			lost: 0,
			corrupt: 0,
			reordered: 0,
			underWay: 0,
			contradictory: 0,
		};
		for (const chunk of this.#bytes.subarray(0, this.#length)) {
			if (chunk === 0 || chunk & marks.warmUp) {
				continue;
			}
			for (const mark of ['produced', 'delivered', 'late', 'lost', 'corrupt', 'reordered'] as const) {
				count[mark] += chunk & marks[mark] ? 1 : 0;
			}
			const fates = [marks.delivered, marks.lost, marks.corrupt].filter(mark => chunk & mark).length;
			const produced = (chunk & marks.produced) !== 0;
			count.underWay += produced && fates === 0 ? 1 : 0;
			count.contradictory += fates > 1 || !produced ? 1 : 0;
		}
		return {...count, duplicate: this.#duplicateCount};
	}

	#reach(sequence: number): void {
		if (sequence >= this.#bytes.length) {
			const grown = new Uint8Array(Math.max(sequence + 1, this.#bytes.length * 2));
			grown.set(this.#bytes);
			this.#bytes = grown;
		}
		this.#length = Math.max(this.#length, sequence + 1);
	}
}
