import assert from 'node:assert/strict';

type Ends = {readonly producer: string; readonly consumer: string};
type Opening = Ends & {
	/** How often each end has still to say that it opened the stream. */
	producerAwaitedCount: number;
	consumerAwaitedCount: number;
	isMoving: boolean;
	/** What was under way when the producer had opened it anew. */
	underWay: readonly number[] | undefined;
};

/**
 * Which chunks a move has cost. Each end of a stream reports in order, so once the producer says that it has opened the stream
 * anew, all that it sent before is known; and once the consumer says so, all that arrived of it. The rest is lost.
 */
export class MovedChunks {
	readonly #openings = new Map<string, Opening>();

	/** The ends were told to open a stream, for the first time or anew. */
	opening(stream: string, ends: Ends): void {
		const before = this.#openings.get(stream);
		this.#openings.set(stream, {
			...ends,
			producerAwaitedCount: (before?.producerAwaitedCount ?? 0) + 1,
			consumerAwaitedCount: (before?.consumerAwaitedCount ?? 0) + 1,
			isMoving: before !== undefined,
			underWay: undefined,
		});
	}

	/** A site says that it opened a stream. Returns the chunks that are lost by that: none, until both ends have said so. */
	opened(site: string, stream: string, outstanding: () => readonly number[]): readonly number[] {
		const opening = this.#openings.get(stream);
		if (!opening) {
			return [];
		}
		if (site === opening.producer) {
			opening.producerAwaitedCount--;
			assert(opening.producerAwaitedCount >= 0, `${site} opened ${stream} unasked`);
			if (opening.producerAwaitedCount === 0) {
				opening.underWay = outstanding();
			}
		} else if (site === opening.consumer) {
			opening.consumerAwaitedCount--;
		}
		const {isMoving, underWay, consumerAwaitedCount} = opening;
		if (!isMoving || !underWay || consumerAwaitedCount > 0) {
			return [];
		}
		opening.isMoving = false;
		const still = new Set(outstanding());
		return underWay.filter(sequence => still.has(sequence));
	}
}
