import type {Clock} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import type {HolderListener} from './holder-process.ts';

type Loss = {readonly site?: string; readonly reason: string};

/**
 * What the sites say, kept until somebody listens. `ready` is for the deployment and not passed on; until all are ready, a loss
 * is the deployment's to report too.
 */
export class SiteMail implements HolderListener {
	readonly #missing: Set<string>;
	readonly #ready = Promise.withResolvers<void>();
	#events: Array<readonly [string, NodeEvent]> = [];
	#losses: Loss[] = [];
	#onEvent: ((site: string, event: NodeEvent) => void) | undefined;
	#onLost: ((loss: Loss) => void) | undefined;

	constructor(sites: readonly string[]) {
		this.#missing = new Set(sites);
		this.#ready.promise.catch(() => {});
		this.#settle();
	}

	event(site: string, event: NodeEvent): void {
		if (event.kind === 'ready') {
			this.#missing.delete(site);
			this.#settle();
			return;
		}
		if (event.kind === 'failed' && this.#missing.has(site)) {
			this.#refuse(site, event.message, event.hint);
		}
		if (this.#onEvent) {
			this.#onEvent(site, event);
		} else {
			this.#events.push([site, event]);
		}
	}

	lost(loss: Loss): void {
		if (loss.site !== undefined && this.#missing.has(loss.site)) {
			this.#refuse(loss.site, loss.reason);
		}
		if (this.#onLost) {
			this.#onLost(loss);
		} else {
			this.#losses.push(loss);
		}
	}

	/** One listener; it gets what came before at once. */
	set onEvent(listener: (site: string, event: NodeEvent) => void) {
		this.#onEvent = listener;
		for (const [site, event] of this.#events.splice(0)) {
			listener(site, event);
		}
	}

	/** One listener; it gets what came before at once. */
	set onLost(listener: (loss: Loss) => void) {
		this.#onLost = listener;
		for (const loss of this.#losses.splice(0)) {
			listener(loss);
		}
	}

	/** Rejects with NODE_LOST when a program ends first, with TIMED_OUT and the names of the late ones. */
	async allReady({
		clock,
		limitSeconds,
		signal,
	}: {
		readonly clock: Clock;
		readonly limitSeconds: Seconds;
		readonly signal: AbortSignal;
	}): Promise<void> {
		const enough = new AbortController();
		const timeOut = clock.sleep(limitSeconds, AbortSignal.any([signal, enough.signal])).then(() => {
			throw new StreambedError('TIMED_OUT', `${[...this.#missing].join(', ')} not ready within ${limitSeconds} s`);
		});
		try {
			await Promise.race([this.#ready.promise, timeOut]);
		} finally {
			enough.abort();
			timeOut.catch(() => {});
		}
	}

	#settle(): void {
		if (this.#missing.size === 0) {
			this.#ready.resolve();
		}
	}

	#refuse(site: string, reason: string, hint?: string): void {
		this.#ready.reject(
			new StreambedError(
				'NODE_LOST',
				`the program at ${site} did not start: ${reason}`,
				hint === undefined ? {} : {hint},
			),
		);
	}
}
