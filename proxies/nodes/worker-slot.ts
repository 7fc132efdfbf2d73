import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';

/** How much earlier than the last work's duration the next is begun. */
const workMargin = 1.5;
/** Up to here a service that ends late ended with a late timer; beyond, its work was too long. */
const lateTimerNs = 5_000_000n;

/** The one worker of one stage of one stream: it serves chunks in the order they come, one at a time. */
export class WorkerSlot {
	readonly #clock: Clock;
	#freeNs: MonotonicNs;
	#last: Promise<unknown> = Promise.resolve();
	#isBusy = false;
	/** What the work of the last chunk took. */
	#workSeconds: Seconds = 0.02;

	constructor(clock: Clock) {
		this.#clock = clock;
		this.#freeNs = clock.nowNs();
	}

	get isBusy(): boolean {
		return this.#isBusy;
	}

	/**
	 * Holds the worker for `serviceSeconds` of real time. `work` is done within them, at their end: it is begun by as much
	 * before as the work before it took, and a little more, so that what it reads is as fresh as can be; with `atOnce` it is
	 * begun with the service. Work that takes longer holds the worker longer. Service is reckoned from when the chunk was ready and the worker free, not from when
	 * a late timer noticed, so that lateness does not add up from chunk to chunk. Resolves to the instant at which the
	 * chunk is ready for what comes next.
	 */
	serve({
		readyNs,
		serviceSeconds,
		work,
		atOnce = false,
		signal,
	}: {
		readonly readyNs: MonotonicNs;
		readonly serviceSeconds: Seconds;
		readonly work?: () => Promise<void>;
		readonly atOnce?: boolean;
		readonly signal: AbortSignal;
	}): Promise<MonotonicNs> {
		const served = this.#last.then(async () => {
			const beginNs = readyNs > this.#freeNs ? readyNs : this.#freeNs;
			const endNs = beginNs + nanoseconds(serviceSeconds);
			this.#isBusy = true;
			try {
				if (work) {
					await this.#sleepUntil(atOnce ? beginNs : endNs - nanoseconds(this.#workSeconds * workMargin), signal);
					await this.#timed(work);
				}
				await this.#sleepUntil(endNs, signal);
			} finally {
				this.#isBusy = false;
				const nowNs = this.#clock.nowNs();
				this.#freeNs = work && nowNs - endNs > lateTimerNs ? nowNs : endNs;
			}
			return this.#freeNs;
		});
		this.#last = served.catch(() => {
			// The caller hears of it; the chunks behind go on.
		});
		return served;
	}

	async #timed(work: () => Promise<void>): Promise<void> {
		const beganNs = this.#clock.nowNs();
		await work();
		this.#workSeconds = Number(this.#clock.nowNs() - beganNs) / 1e9;
	}

	async #sleepUntil(endNs: MonotonicNs, signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		for (let nowNs = this.#clock.nowNs(); nowNs < endNs; nowNs = this.#clock.nowNs()) {
			await this.#clock.sleep(Number(endNs - nowNs) / 1e9, signal);
		}
	}
}

function nanoseconds(seconds: Seconds): bigint {
	return BigInt(Math.round(seconds * 1e9));
}
