import assert from 'node:assert/strict';
import {join} from 'node:path';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Broker} from '#core/scenario/broker-schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import type {Subscription} from '#proxies/runtime/messages.ts';
import type {Deployment} from '../testbed.ts';
import {brokerEndpoint} from './broker-endpoint.ts';
import {brokerProgram, brokerSites} from './broker-program.ts';
import {brokerSetup} from './broker-setup.ts';

/** Making topics is a matter of milliseconds; a broker that needs this long is as good as lost. Real time. */
const topicLimitSeconds: Seconds = 20;

/** A broker's storage is made before it starts. Real time. */
const formatLimitSeconds: Seconds = 60;

type BrokersOptions = {
	readonly scenario: Scenario;
	readonly deployment: Pick<Deployment, 'send' | 'brokerPlace'>;
	/** Each broker's settings and log come into a folder of its own below it. */
	readonly logFolder: string;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** Where each site of a stream writes and reads, by site. */
export type TopicEndpoints = {
	readonly written: ReadonlyMap<string, string>;
	readonly read: ReadonlyMap<string, string>;
};

/** The brokers of a deployment: what each is told, and the topics that are made there. */
export class Brokers {
	readonly #options: BrokersOptions;
	readonly #broker: Broker;
	/** Topics that are being made, and at which site. */
	readonly #pending = new Map<number, {readonly site: string; readonly onMade: () => void}>();
	#calls = 0;

	private constructor(options: BrokersOptions, broker: Broker) {
		this.#options = options;
		this.#broker = broker;
	}

	/** Nothing where the stack has no brokers. */
	static of(options: BrokersOptions): Brokers | undefined {
		const {broker} = options.scenario.stack;
		return broker && new Brokers(options, broker);
	}

	/** How long it may take until all of them have answered. */
	get readyLimitSeconds(): Seconds {
		return this.#broker.readyWithinSeconds + formatLimitSeconds;
	}

	/** What each broker's program is called. */
	get programs(): readonly string[] {
		return brokerSites(this.#options.scenario).map(brokerProgram);
	}

	/** Tells every broker's program to start its broker; it answers `set-up`. Throws TOOL_MISSING when Java or Kafka is not there. */
	setUp(): void {
		const {scenario, deployment, logFolder} = this.#options;
		const {sliceBytes} = scenario.stack;
		for (const site of brokerSites(scenario)) {
			const setup = brokerSetup(this.#broker, {
				site,
				place: this.#place(site),
				logFolder: join(logFolder, site),
				sliceBytes,
			});
			deployment.send(brokerProgram(site), {kind: 'setup-broker', setup});
		}
	}

	/** Whether an event was an answer to this. */
	hear(event: NodeEvent): boolean {
		if (event.kind !== 'topics-made') {
			return false;
		}
		this.#pending.get(event.id)?.onMade();
		return true;
	}

	/** A site's broker is gone: nobody waits any longer for what it was to make. */
	lost(site: string): void {
		for (const pending of this.#pending.values()) {
			if (pending.site === site) {
				pending.onMade();
			}
		}
	}

	/** Rejects with TIMED_OUT when a broker does not answer. A broker that refuses says so by its program's `failed`. */
	async makeTopics(subscriptions: readonly Subscription[]): Promise<void> {
		const byBroker = Map.groupBy(subscriptions, ({broker}) => broker);
		await Promise.all(
			[...byBroker].map(([site, of]) =>
				this.#make(
					site,
					of.map(({topic}) => topic),
				),
			),
		);
	}

	endpoints(subscriptions: readonly Subscription[]): TopicEndpoints {
		const {sliceBytes} = this.#options.scenario.stack;
		const endpoint = ({broker, topic}: Subscription) =>
			brokerEndpoint(this.#broker, {place: this.#place(broker), topic, sliceBytes});
		return {
			written: new Map(subscriptions.map(one => [one.writer, endpoint(one)])),
			read: new Map(subscriptions.map(one => [one.reader, endpoint(one)])),
		};
	}

	#place(site: string) {
		const {deployment} = this.#options;
		assert(deployment.brokerPlace, 'a scenario with brokers runs on testbeds that have places for them');
		return deployment.brokerPlace(site);
	}

	async #make(site: string, topics: readonly string[]): Promise<void> {
		const {deployment, clock, signal} = this.#options;
		const id = this.#calls++;
		const made = Promise.withResolvers<void>();
		this.#pending.set(id, {site, onMade: made.resolve});
		const cancel = clock.after(topicLimitSeconds, () =>
			made.reject(
				new StreambedError(
					'TIMED_OUT',
					`the broker at ${site} did not make ${topics.join(', ')} in ${topicLimitSeconds} s`,
				),
			),
		);
		deployment.send(brokerProgram(site), {kind: 'make-topics', id, topics});
		try {
			await Promise.race([made.promise, abortion(signal)]);
		} finally {
			cancel();
			this.#pending.delete(id);
		}
	}
}
