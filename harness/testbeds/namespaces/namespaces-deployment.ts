import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import type {BitsPerSecond, MonotonicNs, Seconds} from '#core/units.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import {mustGet} from '#netem/must-get.ts';
import type {TopologyPlan} from '#netem/topology-plan.ts';
import {siteOfProgram} from '../brokers/broker-program.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';
import type {BrokerPlace, Deployment, LinkCounters, TunnelPlace} from '../testbed.ts';
import type {HolderProcess} from './holder-process.ts';
import type {SiteMail} from './site-mail.ts';

const brokerPorts = {port: 9092, controllerPort: 9093} as const;

/** A topology of network namespaces that stands, owned by a holder process. */
export class NamespacesDeployment implements Deployment {
	readonly setupSeconds: Readonly<Record<string, Seconds>>;
	readonly #holder: HolderProcess;
	readonly #mail: SiteMail;
	readonly #addresses: ReadonlyMap<string, string>;
	readonly #ports: ReadonlyMap<string, number>;

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
		this.#ports = new Map(plan.namespaces.map(({site, port}) => [site, port]));
	}

	send(site: string, command: ProgramCommand): void {
		this.#holder.send(site, command);
	}

	onEvent(listener: (site: string, event: NodeEvent) => void): void {
		this.#mail.onEvent = listener;
	}

	onLost(listener: (loss: {readonly site?: string; readonly reason: string}) => void): void {
		this.#mail.onLost = ({site, reason}) =>
			listener(site === undefined ? {reason} : {site: siteOfProgram(site), reason: reasonOf(site, reason)});
	}

	endpoint({to}: {readonly link: string; readonly to: string}): string {
		return `tcp://${mustGet(this.#addresses, to)}:${mustGet(this.#ports, to)}`;
	}

	brokerPlace(site: string): BrokerPlace {
		const host = mustGet(this.#addresses, site);
		// Below the holder's own /run: it goes with the namespaces.
		return {host, ...brokerPorts, dataFolder: `/run/broker/${site}`, mountsData: true};
	}

	tunnelPlace(site: string): TunnelPlace {
		return {host: mustGet(this.#addresses, site), folder: `/run/tunnel/${site}`};
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

	async sampleForeign(): Promise<readonly ForeignUsage[]> {
		const usages = await this.#holder.call('sample-foreign', {});
		return usages.map(usage => ({...usage, atNs: BigInt(usage.atNs)}));
	}

	congestionControl(): Promise<readonly string[]> {
		return this.#holder.call('congestion-control', {});
	}

	async killProgram(site: string): Promise<void> {
		await this.#holder.call('kill-program', {site});
	}

	async stallProgram(stall: {readonly site: string; readonly seconds: Seconds}): Promise<void> {
		await this.#holder.call('stall-program', stall);
	}

	probe(request: ProbeRequest, signal: AbortSignal): Promise<LinkProbe> {
		return this.#holder.call('probe-link', request, signal);
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.#holder[Symbol.asyncDispose]();
	}
}

/** A site goes with any of its programs; which one it was is said. */
const reasonOf = (program: string, reason: string): string =>
	siteOfProgram(program) === program ? reason : `the program of its broker: ${reason}`;
