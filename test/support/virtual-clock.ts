import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';

/** A clock that stands until it is moved; nobody waits on it. */
export class VirtualClock implements Clock {
	#nowNs = 0n;

	advance(seconds: Seconds): void {
		this.#nowNs += BigInt(Math.round(seconds * 1e9));
	}

	nowNs(): bigint {
		return this.#nowNs;
	}

	wallMs(): number {
		return Number(this.#nowNs) / 1e6;
	}

	sleep(): never {
		throw new Error('nothing sleeps on a virtual clock');
	}

	after(): never {
		throw new Error('nothing waits on a virtual clock');
	}

	every(): never {
		throw new Error('nothing waits on a virtual clock');
	}
}
