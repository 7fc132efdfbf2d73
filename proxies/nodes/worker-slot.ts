import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';

/** The one worker of one stage of one stream: it serves chunks in the order they come, one at a time. */
export class WorkerSlot {
	readonly #clock: Clock;
	#freeNs: MonotonicNs;
	#last: Promise<unknown> = Promise.resolve();
	#isBusy = false;

	constructor(clock: Clock) {
		this.#clock = clock;
		this.#freeNs = clock.nowNs();
	}

	get isBusy(): boolean {
		return this.#isBusy;
	}

	/**
	 * Holds the worker for `serviceSeconds` of real time, and then while `work` is done. Service is reckoned from when the
	 * chunk was ready and the worker free, not from when a late timer noticed, so that lateness does not add up from chunk
	 * to chunk. Resolves to the instant at which the chunk is ready for what comes next.
	 */
	serve({
		readyNs,
		serviceSeconds,
		work,
		signal,
	}: {
		readonly readyNs: MonotonicNs;
		readonly serviceSeconds: Seconds;
		readonly work?: () => Promise<void>;
		readonly signal: AbortSignal;
	}): Promise<MonotonicNs> {
		const served = this.#last.then(async () => {
			const beginNs = readyNs > this.#freeNs ? readyNs : this.#freeNs;
			const endNs = beginNs + BigInt(Math.round(serviceSeconds * 1e9));
			this.#isBusy = true;
			try {
				await this.#sleepUntil(endNs, signal);
				await work?.();
			} finally {
				this.#isBusy = false;
				this.#freeNs = work ? this.#clock.nowNs() : endNs;
			}
			return this.#freeNs;
		});
		this.#last = served.catch(() => {
			// The caller hears of it; the chunks behind go on.
		});
		return served;
	}

	async #sleepUntil(endNs: MonotonicNs, signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		for (let nowNs = this.#clock.nowNs(); nowNs < endNs; nowNs = this.#clock.nowNs()) {
			await this.#clock.sleep(Number(endNs - nowNs) / 1e9, signal);
		}
	}
}
