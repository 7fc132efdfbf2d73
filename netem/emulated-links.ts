import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {BitsPerSecond, MonotonicNs} from '#core/units.ts';
import {type ClassCounters, ClassReader} from './class-counters.ts';
import {reshapeCommands} from './link-commands.ts';
import {linkShape} from './link-shape.ts';
import {type EnterNamespace, inNetworkNamespace} from './network-namespace.ts';
import {TcSession} from './tc-session.ts';
import type {PlannedLink} from './topology-plan.ts';

export type RateChange = {
	/** tc has said at both ends that it is done. */
	readonly appliedNs: MonotonicNs;
	/** Both ends were read back from the kernel, and hold the new rate. */
	readonly observedNs: MonotonicNs;
};

/** The namespaces that a topology stands in, with what is kept open in each to read and to change its links. */
export class EmulatedLinks implements Disposable {
	readonly #clock: Clock;
	readonly #enter: EnterNamespace;
	readonly #links: readonly PlannedLink[];
	readonly #devices: ReadonlyMap<string, readonly string[]>;
	readonly #readers = new Map<string, ClassReader>();
	readonly #sessions = new Map<string, TcSession>();

	constructor({
		links,
		clock,
		enter = inNetworkNamespace,
	}: {
		readonly links: readonly PlannedLink[];
		readonly clock: Clock;
		readonly enter?: EnterNamespace;
	}) {
		this.#links = links;
		this.#clock = clock;
		this.#enter = enter;
		const ends = links.flatMap(({device, ends: both}) => both.map(({site}) => ({site, device})));
		this.#devices = new Map(
			[...Map.groupBy(ends, ({site}) => site)].map(([site, own]) => [site, own.map(({device}) => device)]),
		);
	}

	/**
	 * Starts what changes the links whose rate is to change, at both ends or at these sites: on a machine that is busy driving, the start of a process
	 * would have the first change late by tens of milliseconds.
	 */
	keepReady(sites?: readonly string[]): void {
		for (const {site} of this.#links.flatMap(({changes, ends}) => (changes ? ends : []))) {
			if (sites === undefined || sites.includes(site)) {
				this.#session(site);
			}
		}
	}

	/** The counters of what a site sends over a link. */
	counters({device}: PlannedLink, from: string): ClassCounters {
		let reader = this.#readers.get(from);
		if (!reader) {
			reader = this.#enter(from, () => new ClassReader(this.#devices.get(from) ?? []));
			this.#readers.set(from, reader);
		}
		return reader.read(device);
	}

	/**
	 * Gives a link another rate, in place: both directions, or what these sites send. Rejects with COMMAND_FAILED when the kernel
	 * holds another one then.
	 */
	async changeRate(
		link: PlannedLink,
		rateBitsPerSecond: BitsPerSecond,
		sites: readonly string[] = link.ends.map(({site}) => site),
	): Promise<RateChange> {
		const shape = linkShape({rateBitsPerSecond, delaySeconds: link.shape.delaySeconds});
		const commands = reshapeCommands(link.device, shape);
		await Promise.all(sites.map(site => this.#session(site).change(link.device, commands)));
		const appliedNs = this.#clock.nowNs();
		for (const site of sites) {
			const held = this.counters(link, site).rateBitsPerSecond;
			// The kernel holds whole bytes per second.
			if (Math.abs(held - rateBitsPerSecond) > 8) {
				throw new StreambedError(
					'COMMAND_FAILED',
					`${link.name} was set to ${rateBitsPerSecond} bit/s, the kernel holds ${held} bit/s at ${site}`,
				);
			}
		}
		return {appliedNs, observedNs: this.#clock.nowNs()};
	}

	[Symbol.dispose](): void {
		for (const resource of [...this.#readers.values(), ...this.#sessions.values()]) {
			resource[Symbol.dispose]();
		}
	}

	#session(site: string): TcSession {
		let session = this.#sessions.get(site);
		if (!session) {
			session = this.#enter(site, () => new TcSession({where: site, clock: this.#clock}));
			this.#sessions.set(site, session);
		}
		return session;
	}
}
