import {abortion} from '#core/abortion.ts';
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

	/** Waits for a turn, which is over when it is disposed of. Rejects with the signal's reason; then the turn is left to the next. */
	async next({clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal}): Promise<Disposable> {
		signal.throwIfAborted();
		const {promise: over, resolve: end} = Promise.withResolvers<void>();
		const before = this.#last;
		this.#last = over;
		try {
			await Promise.race([before, abortion(signal)]);
		} catch (error) {
			void before.then(end);
			throw error;
		}
		const cancel = clock.after(this.#limitSeconds, end);
		return {
			[Symbol.dispose]() {
				cancel();
				end();
			},
		};
	}
}
