import type {ScenarioTime} from '#core/clock.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {Deployment} from '../testbed.ts';
import {ForeignSampler} from './foreign-sampler.ts';
import {LinkSampler} from './link-sampler.ts';

/** How often link counters are read; real time. */
export const sampleEverySeconds: Seconds = 0.5;

/** How often foreign programs are looked at; real time. */
export const foreignEverySeconds: Seconds = 1;

/** What the kernel says of a variant's links and connections while it drives. */
export class KernelWatch {
	readonly #deployment: Deployment;
	readonly #time: ScenarioTime;
	readonly #capacity: (link: string) => BitsPerSecond;
	readonly #links = new LinkSampler();
	readonly #foreign = new ForeignSampler();
	readonly #congestionControl = new Set<string>();

	readonly watchesForeign: boolean;

	constructor({
		scenario,
		deployment,
		time,
		capacity,
	}: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly time: ScenarioTime;
		readonly capacity: (link: string) => BitsPerSecond;
	}) {
		this.watchesForeign = Object.values(scenario.topology.sites).some(({role}) => role === 'foreign');
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

	/** A record for each foreign program: its use of the machine since it was read before, and how it answers. */
	async sampleForeign(): Promise<readonly RecordBody[]> {
		return this.#foreign.sample((await this.#deployment.sampleForeign?.()) ?? [], this.#time);
	}
}
