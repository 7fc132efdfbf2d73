import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {SiteHost} from '#core/records/run-document.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';

/** How long the program of a site may say nothing; each says something once a second. Real time. */
const silenceLimitSeconds: Seconds = 6;

/** Notices a site whose program is stopped or starved: it neither ends nor speaks. */
export class SilenceWatch {
	readonly #clock: Clock;
	readonly #hosts: () => readonly SiteHost[];
	readonly #heardNs = new Map<string, MonotonicNs>();

	constructor(clock: Clock, hosts: () => readonly SiteHost[] = () => []) {
		this.#clock = clock;
		this.#hosts = hosts;
	}

	hear(site: string): void {
		this.#heardNs.set(site, this.#clock.nowNs());
	}

	/** Nothing more is expected of it. */
	forget(site: string): void {
		this.#heardNs.delete(site);
	}

	/** The error that ends a run, once a site has been silent longer than it may. */
	check(limitSeconds: Seconds = silenceLimitSeconds): StreambedError | undefined {
		for (const [site, heardNs] of this.#heardNs) {
			const silentSeconds = Number(this.#clock.nowNs() - heardNs) / 1e9;
			if (silentSeconds > limitSeconds) {
				const host = this.#hosts().find(one => one.site === site)?.host;
				const [where, orElse] = host === undefined ? ['', ''] : [` on ${host}`, ', or cannot be reached'];
				return new StreambedError(
					'NODE_LOST',
					`${site}${where} has said nothing for ${silentSeconds.toFixed(1)} s: it stalls`,
					{
						hint: `its program is stopped, or the machine is too busy to let it run${orElse}`,
					},
				);
			}
		}
		return undefined;
	}
}
