/** What became of a chunk that arrived: the first of its sequence, behind a later one or not, or one that had come before. */
export type ArrivalKind = 'in-order' | 'reordered' | 'duplicate';

/** Accounts for the chunks of one stream at its consumer. Pure state: no clock, no input. */
export class ChunkLedger {
	/** Every sequence below it has arrived. */
	#completeUpTo = 0;
	/** Those at or above it that have. */
	readonly #arrived = new Set<number>();
	#highest = -1;

	/** Notes a whole and intact chunk. */
	arrive(sequence: number): ArrivalKind {
		if (sequence < this.#completeUpTo || this.#arrived.has(sequence)) {
			return 'duplicate';
		}
		this.#arrived.add(sequence);
		while (this.#arrived.delete(this.#completeUpTo)) {
			this.#completeUpTo++;
		}
		const kind = sequence < this.#highest ? 'reordered' : 'in-order';
		this.#highest = Math.max(this.#highest, sequence);
		return kind;
	}
}
