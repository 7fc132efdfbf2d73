import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
import {afterIdle, type PacingDebt, paidOff, secondsUntilSettled} from './pacing-debt.ts';

/** Keeps one stream on one link at its allowed rate of data; without a rate it never waits. */
export class StreamPacer {
	readonly #clock: Clock;
	#bitsPerSecond: BitsPerSecond | undefined;
	#debt: PacingDebt;
	/** Ends the wait under way, so that it is reckoned again. */
	#wake: () => void = () => {};

	constructor({clock, bitsPerSecond}: {readonly clock: Clock; readonly bitsPerSecond: BitsPerSecond | undefined}) {
		this.#clock = clock;
		this.#bitsPerSecond = bitsPerSecond;
		this.#debt = {owedBytes: 0, atNs: clock.nowNs()};
	}

	/** Holds from now on, for a wait under way too. */
	setRate(bitsPerSecond: BitsPerSecond): void {
		this.#payOff();
		this.#bitsPerSecond = bitsPerSecond;
		this.#wake();
	}

	/** There was nothing to send until now: of the time that went unused, little counts. */
	beginAnew(): void {
		this.#payOff();
		if (this.#bitsPerSecond !== undefined) {
			this.#debt = afterIdle(this.#debt, this.#bitsPerSecond);
		}
	}

	/** Notes bytes that leave now. */
	owe(bytes: Bytes): void {
		this.#payOff();
		this.#debt = {...this.#debt, owedBytes: this.#debt.owedBytes + bytes};
	}

	/** Waits until the rate has carried everything that is owed. One wait at a time. Rejects with the signal's reason. */
	async settled(signal: AbortSignal): Promise<void> {
		for (;;) {
			signal.throwIfAborted();
			this.#payOff();
			if (this.#bitsPerSecond === undefined || this.#debt.owedBytes <= 0) {
				return;
			}
			await this.#interruptibleSleep(secondsUntilSettled(this.#debt, this.#bitsPerSecond), signal);
		}
	}

	#payOff(): void {
		const nowNs = this.#clock.nowNs();
		this.#debt =
			this.#bitsPerSecond === undefined
				? {owedBytes: 0, atNs: nowNs}
				: paidOff(this.#debt, {nowNs, bitsPerSecond: this.#bitsPerSecond});
	}

	async #interruptibleSleep(seconds: number, signal: AbortSignal): Promise<void> {
		const {promise, resolve} = Promise.withResolvers<void>();
		const wake = () => resolve();
		const cancel = this.#clock.after(seconds, wake);
		this.#wake = wake;
		signal.addEventListener('abort', wake, {once: true});
		try {
			await promise;
		} finally {
			cancel();
			signal.removeEventListener('abort', wake);
			this.#wake = () => {};
		}
	}
}
