import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import {type PacingDebt, paidOff, secondsUntilSettled} from '../../transports/pacing-debt.ts';

/** One token bucket for all connections of a session and one direction. */
export class RateLimit {
	readonly #clock: Clock;
	readonly #bitsPerSecond: BitsPerSecond;
	#debt: PacingDebt;

	constructor({bitsPerSecond, clock}: {readonly bitsPerSecond: BitsPerSecond; readonly clock: Clock}) {
		this.#clock = clock;
		this.#bitsPerSecond = bitsPerSecond;
		this.#debt = {owedBytes: 0, atNs: clock.nowNs()};
	}

	/** Books bytes that leave now; answers how long whoever sent them waits before the next. */
	take(bytes: Bytes): Seconds {
		const {owedBytes, atNs} = this.#paidOff();
		this.#debt = {owedBytes: owedBytes + bytes, atNs};
		return secondsUntilSettled(this.#debt, this.#bitsPerSecond);
	}

	/** For who does not wait: books the bytes unless earlier ones are still owed, and answers whether it did. */
	tryTake(bytes: Bytes): boolean {
		this.#debt = this.#paidOff();
		if (this.#debt.owedBytes > 0) {
			return false;
		}
		this.#debt = {...this.#debt, owedBytes: this.#debt.owedBytes + bytes};
		return true;
	}

	#paidOff(): PacingDebt {
		return paidOff(this.#debt, {nowNs: this.#clock.nowNs(), bitsPerSecond: this.#bitsPerSecond});
	}
}
