import type {ScenarioTime} from '#core/clock.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {Deployment} from '../testbed.ts';
import {ForeignSampler} from './foreign-sampler.ts';
import {LinkSampler} from './link-sampler.ts';

/** How often link counters are read; real time. */
export const sampleEverySeconds: Seconds = 0.5;

/** What the kernel says of a variant's links and connections while it drives. */
export class KernelWatch {
	readonly #deployment: Deployment;
	readonly #time: ScenarioTime;
	readonly #capacity: (link: string) => BitsPerSecond;
	readonly #watchesForeign: boolean;
	readonly #links = new LinkSampler();
	readonly #foreign = new ForeignSampler();
	readonly #congestionControl = new Set<string>();
	#sampleCount = 0;

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
		this.#watchesForeign = Object.values(scenario.topology.sites).some(({role}) => role === 'foreign');
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

	/** A record for each link and direction, and at every other time one for each foreign program: what was since they were read before. */
	async sample(): Promise<readonly RecordBody[]> {
		this.#sampleCount++;
		const [links, foreign] = await Promise.all([
			this.#deployment.sampleLinks(),
			this.#watchesForeign && this.#sampleCount % 2 === 0 ? this.#deployment.sampleForeign?.() : [],
		]);
		return [
			...this.#links.sample(links, {time: this.#time, capacity: this.#capacity}),
			...this.#foreign.sample(foreign ?? [], this.#time),
		];
	}
}
