import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Bytes} from '#core/units.ts';
import type {Brain} from '#proxies/runtime/messages.ts';
import type {Channel} from './channel.ts';
import {priorities} from './priorities.ts';
import type {Infrastructure} from './stream-pipeline.ts';

/** Driving is sampled so often, whatever its length. */
const samplesPerDrive = 360;

/** Records what sites hold and what links carry, at equal distances of time, from second 0 until nothing is sampled any more. */
export class SimulatedSampler {
	readonly #options;
	readonly #carriedBytes = new Map<Channel, Bytes>();

	constructor(options: {
		readonly scenario: Scenario;
		readonly infrastructure: Infrastructure;
		readonly brain: Brain;
		readonly emit: (record: RecordBody) => void;
		/** How many workers a site has now. */
		readonly workersAt: (site: string) => number;
	}) {
		this.#options = options;
	}

	start(): void {
		this.#schedule(0);
	}

	#schedule(number: number): void {
		const {scenario, infrastructure} = this.#options;
		const everySeconds = scenario.timing.driveSeconds / samplesPerDrive;
		infrastructure.engine.at(number * everySeconds, priorities.sample, () => {
			this.#sampleSites();
			if (number > 0) {
				this.#sampleLinks(everySeconds);
			}
			this.#schedule(number + 1);
		});
	}

	/** There are no processes here: processor time and event loops stand at 0. */
	#sampleSites(): void {
		const {scenario, infrastructure, brain, emit, workersAt} = this.#options;
		const reserved = brain.workersReserved();
		for (const [site, {workersBusy, bufferedBytes}] of infrastructure.sites) {
			emit({
				kind: 'site.sample',
				t: infrastructure.engine.nowSeconds,
				site,
				workersBusy,
				workersReserved: reserved.get(site) ?? 0,
				workers: workersAt(site),
				cpuRatio: 0,
				eventLoopLagMsP99: 0,
				bufferedBytes: Math.round(bufferedBytes * scenario.timeScale),
			});
		}
	}

	#sampleLinks(everySeconds: number): void {
		const {scenario, infrastructure, emit} = this.#options;
		const {engine, network} = infrastructure;
		for (const channel of network.channels) {
			const carriedBytes = network.carriedBytes(channel);
			const sinceBytes = carriedBytes - (this.#carriedBytes.get(channel) ?? 0);
			this.#carriedBytes.set(channel, carriedBytes);
			emit({
				kind: 'link.sample',
				t: engine.nowSeconds,
				link: channel.link,
				from: channel.from,
				capacityBitsPerSecond: channel.capacityBitsPerSecond,
				bitsPerSecond: (sinceBytes * 8) / everySeconds,
				droppedCount: 0,
				backlogBytes: Math.round(network.waitingBytes(channel) * scenario.timeScale),
			});
		}
	}
}
