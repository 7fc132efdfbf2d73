import type {RecordBody} from '#core/records/schema.ts';
import {forwards} from '#core/scenario/forwards.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {TimelineEvent} from '#core/scenario/timeline-schema.ts';
import type {BrainEvent} from '#proxies/runtime/messages.ts';
import {BelievedLinks, type Learned} from '../drive/federation/believed-links.ts';
import {adoptFiles} from '../drive/federation/file-measurements.ts';
import {joinedRecord} from '../drive/federation/joined-record.ts';
import {priorities} from './priorities.ts';
import type {Infrastructure} from './stream-pipeline.ts';

/**
 * What happens to the sites and links of a simulation, and how the control learns of it. A probe sees the rate of its instant
 * exactly and takes nothing from the streams; what remains of measuring is when it happens.
 */
export class SimulatedDisturbances {
	readonly #options;
	readonly #believed: BelievedLinks;
	readonly #workers = new Map<string, number>();
	readonly #lost = new Set<string>();

	constructor(options: {
		readonly scenario: Scenario;
		readonly infrastructure: Infrastructure;
		readonly emit: (record: RecordBody) => void;
		readonly tell: (event: BrainEvent) => void;
	}) {
		const {topology, federation} = options.scenario;
		this.#options = options;
		this.#believed = new BelievedLinks({links: topology.links, federation});
		for (const [site, description] of Object.entries(topology.sites)) {
			this.#workers.set(site, description.role === 'compute' ? description.workers : 0);
		}
	}

	workersAt(site: string): number {
		return this.#workers.get(site) ?? 0;
	}

	/** To be called before anything else is scheduled, so that the control knows its links before the first request. */
	schedule(): void {
		const {scenario, infrastructure} = this.#options;
		if (scenario.federation.measure === 'file') {
			for (const learned of adoptFiles(this.#believed, scenario, 0)) {
				this.#know(learned);
			}
		}
		for (const event of scenario.timeline) {
			infrastructure.engine.at(event.atSeconds, priorities.linkChange, () => this.#apply(event));
		}
		if (scenario.federation.measure === 'probe') {
			this.#probeAt(0);
		} else {
			this.#join();
		}
	}

	/** The nodes of a model are there from the first instant: what they join with is what is known of their links. */
	#join(): void {
		const {topology} = this.#options.scenario;
		for (const [site, {role}] of Object.entries(topology.sites)) {
			if (!forwards(role)) {
				this.#options.emit(joinedRecord({site, program: 'model', topology, believed: this.#believed, t: 0}));
			}
		}
	}

	#apply(event: TimelineEvent): void {
		const {emit, tell} = this.#options;
		const {atSeconds: t} = event;
		switch (event.kind) {
			case 'link-rate':
				this.#changeLink(event);
				return;
			case 'workers': {
				const {site, workers} = event;
				this.#workers.set(site, workers);
				emit({kind: 'fault.injected', t, fault: 'workers', target: site, workers});
				tell({kind: 'site.workers', t, site, workers});
				return;
			}
			case 'site-lost': {
				const {site} = event;
				this.#lost.add(site);
				this.#workers.set(site, 0);
				emit({kind: 'fault.injected', t, fault: 'lost', target: site});
				emit({kind: 'node.left', t, site, reason: 'the timeline ended it'});
				tell({kind: 'site.lost', t, site});
				return;
			}
			// The model has neither proxies nor programs that stand still: only the record says that there was something.
			case 'gateway-fault':
				emit({kind: 'fault.injected', t, fault: event.fault, target: event.site});
				return;
			case 'stall':
				emit({kind: 'fault.injected', t, fault: 'stalled', target: event.site});
				return;
			default:
				event satisfies never;
		}
	}

	#changeLink({atSeconds: t, link, rateBitsPerSecond}: Extract<TimelineEvent, {kind: 'link-rate'}>): void {
		const {scenario, infrastructure, emit, tell} = this.#options;
		infrastructure.network.setCapacity(link, rateBitsPerSecond);
		const instants = {requestedSeconds: t, appliedSeconds: t, observedSeconds: t};
		emit({kind: 'link.changed', t, link, rateBitsPerSecond, ...instants});
		if (scenario.federation.measure === 'told') {
			tell({kind: 'link.changed', t, link, rateBitsPerSecond});
		} else {
			this.#believed.changed(link, t);
		}
	}

	/** Round 0 is the joining of the nodes. */
	#probeAt(round: number): void {
		const {scenario, infrastructure} = this.#options;
		const {probeEverySeconds} = scenario.federation;
		const t = round * probeEverySeconds;
		infrastructure.engine.at(t, priorities.linkChange, () => {
			for (const {link, from, capacityBitsPerSecond} of infrastructure.network.channels) {
				const between = scenario.topology.links.find(({name}) => name === link)?.between ?? [];
				if (between.some(site => this.#lost.has(site))) {
					continue;
				}
				const seen = {
					bitsPerSecond: capacityBitsPerSecond,
					lowBitsPerSecond: capacityBitsPerSecond,
					highBitsPerSecond: capacityBitsPerSecond,
					windowCount: 1,
				};
				const origin = {link, from, source: 'probe'} as const;
				this.#know(round === 0 ? this.#believed.adopt(seen, origin, t) : this.#believed.learn(seen, origin, t));
			}
			if (round === 0) {
				this.#join();
			}
			this.#probeAt(round + 1);
		});
	}

	#know({records, events}: Learned): void {
		for (const record of records) {
			this.#options.emit(record);
		}
		for (const event of events) {
			this.#options.tell(event);
		}
	}
}
