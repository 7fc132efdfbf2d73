import assert from 'node:assert/strict';

/** What became of the draw that a lost worker had. */
export type Loss<Draw> =
	/** It had none. */
	| {readonly kind: 'nothing'}
	/** It is given to the next worker, before any other. */
	| {readonly kind: 'again'; readonly draw: Draw}
	/** So many workers were lost over it that it may be the reason. */
	| {readonly kind: 'given-up'; readonly draw: Draw; readonly lossCount: number};

/**
 * Who has which draw, what is done, what is given again: each draw is with one worker at a time, and its result is taken once, from the worker
 * that has it. It waits for nothing and speaks to nobody.
 */
export class DrawLedger<Draw> {
	readonly #lossCountMax: number;
	readonly #waiting: Array<Entry<Draw>> = [];
	readonly #heldBy = new Map<string, Entry<Draw>>();
	readonly #free = new Set<string>();

	constructor({lossCountMax}: {readonly lossCountMax: number}) {
		this.#lossCountMax = lossCountMax;
	}

	/** A draw is asked for; it waits behind all others. */
	ask(draw: Draw): void {
		this.#waiting.push({draw, lossCount: 0});
	}

	/** A worker is there and has nothing to do. No two workers have the same name. */
	join(worker: string): void {
		assert(!(this.#free.has(worker) || this.#heldBy.has(worker)), `another worker is called ${worker}`);
		this.#free.add(worker);
	}

	/** Gives the draw that waits longest to the worker that is free longest; nothing while there is none of either. */
	give(): {readonly worker: string; readonly draw: Draw} | undefined {
		const [worker] = this.#free;
		const entry = this.#waiting[0];
		if (worker === undefined || entry === undefined) {
			return undefined;
		}
		this.#waiting.shift();
		this.#free.delete(worker);
		this.#heldBy.set(worker, entry);
		return {worker, draw: entry.draw};
	}

	/** A worker has a result: whether it counts. It does not where this draw is not, or no longer, with this worker. */
	take(worker: string, draw: Draw): boolean {
		if (this.#heldBy.get(worker)?.draw !== draw) {
			return false;
		}
		this.#heldBy.delete(worker);
		this.#free.add(worker);
		return true;
	}

	/** A worker is gone. */
	lose(worker: string): Loss<Draw> {
		const entry = this.#heldBy.get(worker);
		this.#free.delete(worker);
		this.#heldBy.delete(worker);
		if (!entry) {
			return {kind: 'nothing'};
		}
		const {draw} = entry;
		const lossCount = entry.lossCount + 1;
		if (lossCount >= this.#lossCountMax) {
			return {kind: 'given-up', draw, lossCount};
		}
		this.#waiting.unshift({draw, lossCount});
		return {kind: 'again', draw};
	}
}

type Entry<Draw> = {readonly draw: Draw; readonly lossCount: number};
