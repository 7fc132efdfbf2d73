import type {Clock, ScenarioTime} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {runsOurProgram} from '#core/scenario/runs-our-program.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import type {Deployment} from '../../testbed.ts';
import {BelievedLinks, type Learned} from './believed-links.ts';
import {adoptFiles} from './file-measurements.ts';
import {JoinDesk} from './join-desk.ts';
import {joinedRecord} from './joined-record.ts';
import {LinkProber, type Probed} from './link-prober.ts';

/** Where the nodes of a deployment join: registers them, has their links measured, and assigns each a broker. */
export class Coordinator {
	readonly believed: BelievedLinks;
	readonly #scenario: Scenario;
	readonly #desk: JoinDesk;
	readonly #prober: LinkProber;
	readonly #clock: Clock;
	/** The sites that run a program. */
	readonly sites: readonly string[];
	#probed: readonly Probed[] = [];

	constructor({
		scenario,
		deployment,
		clock,
		signal,
	}: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly clock: Clock;
		readonly signal: AbortSignal;
	}) {
		const {topology, federation} = scenario;
		this.#scenario = scenario;
		this.#clock = clock;
		this.sites = Object.keys(topology.sites).filter(site => runsOurProgram(topology.sites[site]?.role));
		this.#desk = new JoinDesk(this.sites);
		this.believed = new BelievedLinks({links: topology.links, federation});
		this.#prober = new LinkProber({scenario, deployment, believed: this.believed, clock, signal});
	}

	/** Throws JOIN_REFUSED when a node registers twice or under another's name. */
	hear(site: string, event: NodeEvent): void {
		this.#desk.hear(site, event);
	}

	/** Measures the links of the nodes that joined, where the scenario wants it. */
	async measure(): Promise<void> {
		if (this.#scenario.federation.measure === 'probe') {
			this.#probed = await this.#prober.measureAll();
		}
	}

	/** What is known of nodes and links when the clock is fixed, for the record and for the brain. */
	begin(t: Seconds): Learned {
		const {federation} = this.#scenario;
		const learned = [
			...(federation.measure === 'file' ? adoptFiles(this.believed, this.#scenario, t) : []),
			...this.#probed.map(({direction, measurement, bytes, shareRatio}) =>
				this.believed.adopt(measurement, {...direction, source: 'probe', traffic: {bytes, shareRatio}}, t),
			),
		];
		return {
			records: [...learned.flatMap(({records}) => records), ...this.#joined(t)],
			events: learned.flatMap(({events}) => events),
		};
	}

	/** Probes links again and again until its signal is aborted; rejects when a probe fails. */
	async watch({
		time,
		isLost,
		onLearned,
		signal,
	}: {
		readonly time: ScenarioTime;
		readonly isLost: (site: string) => boolean;
		readonly onLearned: (learned: Learned) => void;
		readonly signal: AbortSignal;
	}): Promise<void> {
		const onProbed = ({direction, measurement, bytes, shareRatio}: Probed) => {
			const origin = {...direction, source: 'probe', traffic: {bytes, shareRatio}} as const;
			onLearned(this.believed.learn(measurement, origin, time.secondsAt(this.#clock.nowNs())));
		};
		try {
			await this.#prober.watch({time, isLost, signal, onProbed});
		} catch (error) {
			if (!signal.aborted) {
				throw error;
			}
		}
	}

	#joined(t: Seconds): readonly RecordBody[] {
		const {topology} = this.#scenario;
		return this.sites.map(site =>
			joinedRecord({site, program: this.#desk.programOf(site) ?? 'unknown', topology, believed: this.believed, t}),
		);
	}
}
