import type {Clock, ScenarioTime} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {TimelineEvent} from '#core/scenario/timeline-schema.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {BrainEvent} from '#proxies/runtime/messages.ts';
import type {Deployment} from '../../testbed.ts';
import type {SilenceWatch} from '../silence-watch.ts';
import type {BelievedLinks} from './believed-links.ts';

/** What happens to sites and links while they are driven: does it, records it, and lets the brain know what it may know. */
export class Disturbances {
	readonly #options;
	readonly #capacity: Map<string, BitsPerSecond>;
	readonly #workers = new Map<string, number>();
	/** Sites whose program ends because the timeline wants it. */
	readonly #doomed = new Set<string>();
	readonly #lost = new Set<string>();

	constructor(options: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly time: ScenarioTime;
		readonly clock: Clock;
		readonly signal: AbortSignal;
		readonly believed: BelievedLinks;
		readonly silence: Pick<SilenceWatch, 'check'>;
		readonly emit: (record: RecordBody) => void;
		readonly tell: (event: BrainEvent) => void;
	}) {
		this.#options = options;
		const {sites, links} = options.scenario.topology;
		this.#capacity = new Map(links.map(({name, rateBitsPerSecond}) => [name, rateBitsPerSecond]));
		for (const [site, description] of Object.entries(sites)) {
			this.#workers.set(site, description.role === 'compute' ? description.workers : 0);
		}
	}

	/** The rate that a link has now, whatever the brain believes. */
	capacityBitsPerSecond(link: string): BitsPerSecond {
		return this.#capacity.get(link) ?? 0;
	}

	workersAt(site: string): number {
		return this.#workers.get(site) ?? 0;
	}

	isLost(site: string): boolean {
		return this.#lost.has(site);
	}

	async apply(event: TimelineEvent): Promise<void> {
		const {emit, tell} = this.#options;
		const {atSeconds: t} = event;
		switch (event.kind) {
			case 'link-rate':
				return this.#changeLink(event);
			case 'workers': {
				const {site, workers} = event;
				emit({kind: 'fault.injected', t, fault: 'workers', target: site, workers});
				// A site that went unasked keeps none, whatever the timeline says.
				if (!this.isLost(site)) {
					this.#workers.set(site, workers);
					tell({kind: 'site.workers', t, site, workers});
				}
				return;
			}
			case 'site-lost':
				return this.#kill(event);
			case 'gateway-fault': {
				const {site, fault} = event;
				emit({kind: 'fault.injected', t, fault, target: site});
				const kind = fault === 'data-servers-killed' ? 'kill-data-servers' : 'restart-control';
				this.#options.deployment.send(site, {kind});
				return;
			}
			case 'stall':
				return this.#stall(event);
			default:
				event satisfies never;
		}
	}

	/**
	 * A program ended. Whether the run goes on without it: the timeline wanted it, or the scenario says so of every compute site.
	 * Then its streams are placed anew, or stopped. A site is lost once, with the first of its programs.
	 */
	outlives({site, reason}: {readonly site?: string; readonly reason: string}): boolean {
		const {time, clock, emit, tell} = this.#options;
		if (site === undefined) {
			return false;
		}
		if (this.isLost(site)) {
			return true;
		}
		const t = time.secondsAt(clock.nowNs());
		emit({kind: 'node.left', t, site, reason});
		if (!this.mayGo(site)) {
			return false;
		}
		this.#lost.add(site);
		this.#workers.set(site, 0);
		tell({kind: 'site.lost', t, site});
		return true;
	}

	/** Whether the run goes on when the program of this site ends. */
	mayGo(site: string): boolean {
		const {topology, federation} = this.#options.scenario;
		return this.#doomed.has(site) || (federation.onLoss === 're-place' && topology.sites[site]?.role === 'compute');
	}

	async #changeLink({atSeconds, link, rateBitsPerSecond}: Extract<TimelineEvent, {kind: 'link-rate'}>): Promise<void> {
		const {deployment, time, scenario, believed, emit, tell} = this.#options;
		const change = deployment.changeRate({link, bitsPerSecond: rateBitsPerSecond});
		const {appliedNs, observedNs} = await this.#inTime(change, `the change of ${link} at ${atSeconds} s`);
		this.#capacity.set(link, rateBitsPerSecond);
		const appliedSeconds = time.secondsAt(appliedNs);
		emit({
			kind: 'link.changed',
			t: appliedSeconds,
			link,
			rateBitsPerSecond,
			requestedSeconds: atSeconds,
			appliedSeconds,
			observedSeconds: time.secondsAt(observedNs),
		});
		if (scenario.federation.measure === 'told') {
			tell({kind: 'link.changed', t: appliedSeconds, link, rateBitsPerSecond});
		} else {
			believed.changed(link, appliedSeconds);
		}
	}

	/** Rejects with TIMED_OUT when the deployment does not confirm it in time, NODE_LOST where a site is silent, and with the signal's reason. */
	async #inTime<Result>(waiting: Promise<Result>, what: string): Promise<Result> {
		const {clock, silence, signal} = this.#options;
		const enough = new AbortController();
		const timeOut = clock.sleep(changeLimitSeconds, AbortSignal.any([signal, enough.signal])).then(() => {
			// A site that says nothing at all is the reason.
			throw (
				silence.check(silentSecondsMax) ??
				new StreambedError('TIMED_OUT', `${what} was not confirmed within ${changeLimitSeconds} s`, {
					hint: 'the machine may be overloaded; `streambed doctor` tells what it can do',
				})
			);
		});
		try {
			return await Promise.race([waiting, timeOut]);
		} finally {
			enough.abort();
			timeOut.catch(() => {});
		}
	}

	async #stall({atSeconds: t, site, forSeconds}: Extract<TimelineEvent, {kind: 'stall'}>): Promise<void> {
		const {deployment, emit, scenario} = this.#options;
		if (!deployment.stallProgram) {
			throw new StreambedError('KERNEL_LACKS', `this testbed cannot stall the program at ${site}`, {
				hint: 'leave `fault: stalled` out, or use the testbed namespaces',
			});
		}
		emit({kind: 'fault.injected', t, fault: 'stalled', target: site});
		await deployment.stallProgram({site, seconds: forSeconds * scenario.timeScale});
	}

	async #kill({atSeconds: t, site}: Extract<TimelineEvent, {kind: 'site-lost'}>): Promise<void> {
		const {deployment, emit} = this.#options;
		if (!deployment.killProgram) {
			throw new StreambedError('KERNEL_LACKS', `this testbed cannot end the program at ${site}`, {
				hint: 'leave `fault: lost` out, or use the testbed simulated or namespaces',
			});
		}
		if (this.isLost(site)) {
			return;
		}
		this.#doomed.add(site);
		emit({kind: 'fault.injected', t, fault: 'lost', target: site});
		await deployment.killProgram(site);
	}
}

/** For both ends of a link; real time. A `tc` that does not answer is found out by its own limit before. */
const changeLimitSeconds: Seconds = 5;

/** Each site says something once a second. Real time. */
const silentSecondsMax: Seconds = 3;
