import type {ScenarioTime} from '#core/clock.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {Deployment} from '../testbed.ts';
import {LinkSampler} from './link-sampler.ts';

/** How often link counters are read; real time. */
export const sampleEverySeconds: Seconds = 0.5;

/** What the kernel says of a variant's links and connections while it drives. */
export class KernelWatch {
	readonly #deployment: Deployment;
	readonly #time: ScenarioTime;
	readonly #capacity: (link: string) => BitsPerSecond;
	readonly #links = new LinkSampler();
	readonly #congestionControl = new Set<string>();

	constructor({
		deployment,
		time,
		capacity,
	}: {
		readonly deployment: Deployment;
		readonly time: ScenarioTime;
		readonly capacity: (link: string) => BitsPerSecond;
	}) {
		this.#deployment = deployment;
		this.#time = time;
		this.#capacity = capacity;
	}

	/** Algorithms seen so far, sorted. */
	get congestionControl(): readonly string[] {
		return [...this.#congestionControl].sort();
	}

	async seeCongestionControl(): Promise<void> {
		for (const name of await this.#deployment.congestionControl()) {
			this.#congestionControl.add(name);
		}
	}

	/** A record for each link and direction: its rate since it was read before. */
	async sampleLinks(): Promise<readonly RecordBody[]> {
		return this.#links.sample(await this.#deployment.sampleLinks(), {time: this.#time, capacity: this.#capacity});
	}
}
