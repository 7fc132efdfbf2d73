import type {NodeCommand, NodeEvent} from '#core/control/messages.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import type {BitsPerSecond, MonotonicNs, Seconds} from '#core/units.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import {mustGet} from '#netem/must-get.ts';
import type {TopologyPlan} from '#netem/topology-plan.ts';
import type {Deployment, LinkCounters} from '../testbed.ts';
import type {HolderProcess} from './holder-process.ts';
import type {SiteMail} from './site-mail.ts';

/** Where the program of a site listens, at the site's own address: the same on every link. */
export const streamPort = 5600;

/** A topology of network namespaces that stands, owned by a holder process. */
export class NamespacesDeployment implements Deployment {
	readonly setupSeconds: Readonly<Record<string, Seconds>>;
	readonly #holder: HolderProcess;
	readonly #mail: SiteMail;
	readonly #addresses: ReadonlyMap<string, string>;

	constructor({
		holder,
		mail,
		plan,
		setupSeconds,
	}: {
		readonly holder: HolderProcess;
		readonly mail: SiteMail;
		readonly plan: TopologyPlan;
		readonly setupSeconds: Readonly<Record<string, Seconds>>;
	}) {
		this.setupSeconds = setupSeconds;
		this.#holder = holder;
		this.#mail = mail;
		this.#addresses = new Map(plan.namespaces.map(({site, address}) => [site, address]));
	}

	send(site: string, command: NodeCommand): void {
		this.#holder.send(site, command);
	}

	onEvent(listener: (site: string, event: NodeEvent) => void): void {
		this.#mail.onEvent = listener;
	}

	onLost(listener: (loss: {readonly site?: string; readonly reason: string}) => void): void {
		this.#mail.onLost = listener;
	}

	endpoint({to}: {readonly link: string; readonly to: string}): string {
		return `tcp://${mustGet(this.#addresses, to)}:${streamPort}`;
	}

	calibrate({
		secondsPerLink,
		signal,
	}: {
		readonly secondsPerLink: Seconds;
		readonly signal: AbortSignal;
	}): Promise<readonly LinkCalibration[]> {
		return this.#holder.call('calibrate', {secondsPerLink}, signal);
	}

	async changeRate(change: {
		readonly link: string;
		readonly bitsPerSecond: BitsPerSecond;
	}): Promise<{readonly appliedNs: MonotonicNs; readonly observedNs: MonotonicNs}> {
		const {appliedNs, observedNs} = await this.#holder.call('change-rate', change);
		return {appliedNs: BigInt(appliedNs), observedNs: BigInt(observedNs)};
	}

	async sampleLinks(): Promise<readonly LinkCounters[]> {
		const samples = await this.#holder.call('sample-links', {});
		return samples.map(sample => ({...sample, atNs: BigInt(sample.atNs)}));
	}

	congestionControl(): Promise<readonly string[]> {
		return this.#holder.call('congestion-control', {});
	}

	async killProgram(site: string): Promise<void> {
		await this.#holder.call('kill-program', {site});
	}

	probe(request: ProbeRequest, signal: AbortSignal): Promise<LinkProbe> {
		return this.#holder.call('probe-link', request, signal);
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.#holder[Symbol.asyncDispose]();
	}
}
