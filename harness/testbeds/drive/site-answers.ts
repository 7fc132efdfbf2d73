import type {Clock} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';

/** Waits until every site has given one kind of answer; names those that have not when the time is over. */
export class SiteAnswers {
	readonly #kind: NodeEvent['kind'];
	readonly #missing: Set<string>;
	readonly #done = Promise.withResolvers<void>();

	constructor(kind: NodeEvent['kind'], sites: readonly string[]) {
		this.#kind = kind;
		this.#missing = new Set(sites);
	}

	hear(site: string, event: NodeEvent): void {
		if (event.kind === this.#kind && this.#missing.delete(site) && this.#missing.size === 0) {
			this.#done.resolve();
		}
	}

	async all({
		clock,
		limitSeconds,
		signal,
	}: {
		readonly clock: Clock;
		readonly limitSeconds: Seconds;
		readonly signal: AbortSignal;
	}): Promise<void> {
		if (this.#missing.size === 0) {
			return;
		}
		const enough = new AbortController();
		const timeOut = clock.sleep(limitSeconds, AbortSignal.any([signal, enough.signal])).then(() => {
			throw new StreambedError(
				'TIMED_OUT',
				`${[...this.#missing].join(', ')} did not answer "${this.#kind}" within ${limitSeconds} s`,
				{hint: 'the machine may be overloaded; `streambed doctor` tells what it can do'},
			);
		});
		try {
			await Promise.race([this.#done.promise, timeOut]);
		} finally {
			enough.abort();
			timeOut.catch(() => {});
		}
	}
}
