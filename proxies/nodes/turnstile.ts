/** Lets so many tasks run at once and the others wait in order, so that image work does not starve the network. */
export class Turnstile {
	#freeCount: number;
	readonly #waiting: Array<() => void> = [];

	constructor(atOnceCount: number) {
		this.#freeCount = atOnceCount;
	}

	async run<Result>(task: () => Promise<Result>): Promise<Result> {
		if (this.#freeCount === 0) {
			// Whoever leaves hands the place on without freeing it.
			await new Promise<void>(resolve => this.#waiting.push(resolve));
		} else {
			this.#freeCount--;
		}
		try {
			return await task();
		} finally {
			const next = this.#waiting.shift();
			if (next) {
				next();
			} else {
				this.#freeCount++;
			}
		}
	}
}
