import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';

/** Lets one at a time of those who ask begin, first come, first served. */
export class Turns {
	readonly #limitSeconds: Seconds;
	#last: Promise<void> = Promise.resolve();

	/** A turn that has lasted for `limitSeconds` holds up nobody any longer. */
	constructor({limitSeconds}: {readonly limitSeconds: Seconds}) {
		this.#limitSeconds = limitSeconds;
	}

	/** Waits for a turn, which is over when it is disposed of. */
	async next(clock: Clock): Promise<Disposable> {
		const {promise: over, resolve: end} = Promise.withResolvers<void>();
		const before = this.#last;
		this.#last = over;
		await before;
		const cancel = clock.after(this.#limitSeconds, end);
		return {
			[Symbol.dispose]() {
				cancel();
				end();
			},
		};
	}
}
