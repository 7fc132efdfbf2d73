import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import type {BitsPerSecond, MonotonicNs, Seconds} from '#core/units.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import {mustGet} from '#netem/must-get.ts';
import type {PlannedLink, TopologyPlan} from '#netem/topology-plan.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';
import type {SiteMail} from '../namespaces/site-mail.ts';
import type {BrokerPlace, Deployment, LinkCounters, TunnelPlace} from '../testbed.ts';
import type {SiteAgent} from './agent-connection.ts';
import {brokerPlaceAt} from './broker-place.ts';
import {calibrateBetween} from './calibrate-between.ts';
import type {ForeignContainers} from './foreign-containers.ts';
import type {SiteImage} from './image.ts';
import {dataServersFolder} from './site-needs.ts';

/** A topology of containers that stands. */
export class DockerDeployment implements Deployment {
	readonly setupSeconds: Readonly<Record<string, Seconds>>;
	readonly images: Readonly<Record<string, string>>;
	readonly #agents: ReadonlyMap<string, SiteAgent>;
	readonly #mail: SiteMail;
	readonly #links: ReadonlyMap<string, PlannedLink>;
	readonly #foreign: ForeignContainers;
	readonly #hasImageServers: boolean;
	readonly #addresses: ReadonlyMap<string, string>;
	readonly #ports: ReadonlyMap<string, number>;
	readonly #resources: AsyncDisposable;
	#isLeaving = false;

	constructor({
		agents,
		mail,
		plan,
		images,
		foreign,
		hasImageServers = false,
		setupSeconds,
		resources,
	}: {
		readonly agents: ReadonlyMap<string, SiteAgent>;
		readonly mail: SiteMail;
		readonly plan: TopologyPlan;
		readonly images: ReadonlyArray<Pick<SiteImage, 'name' | 'digest'>>;
		readonly foreign: ForeignContainers;
		/** Whether data servers are containers of an image. */
		readonly hasImageServers?: boolean;
		readonly setupSeconds: Readonly<Record<string, Seconds>>;
		readonly resources: AsyncDisposable;
	}) {
		this.setupSeconds = setupSeconds;
		this.images = Object.fromEntries(images.map(({name, digest}) => [name, digest]));
		this.#foreign = foreign;
		this.#hasImageServers = hasImageServers;
		this.#agents = agents;
		this.#mail = mail;
		this.#links = new Map(plan.links.map(link => [link.name, link]));
		this.#addresses = new Map(plan.namespaces.map(({site, address}) => [site, address]));
		this.#ports = new Map(plan.namespaces.map(({site, port}) => [site, port]));
		this.#resources = resources;
	}

	send(program: string, command: ProgramCommand): void {
		this.#agents.get(siteOf(program))?.send(program, command);
	}

	onEvent(listener: (site: string, event: NodeEvent) => void): void {
		this.#mail.onEvent = listener;
	}

	onLost(listener: (loss: {readonly site?: string; readonly reason: string}) => void): void {
		this.#mail.onLost = loss => {
			if (!this.#isLeaving) {
				listener(told(loss));
			}
		};
	}

	endpoint({to}: {readonly link: string; readonly to: string}): string {
		return `tcp://${mustGet(this.#addresses, to)}:${mustGet(this.#ports, to)}`;
	}

	brokerPlace(site: string): BrokerPlace {
		return brokerPlaceAt({site, host: mustGet(this.#addresses, site)});
	}

	tunnelPlace(site: string): TunnelPlace {
		return {
			...{host: mustGet(this.#addresses, site), folder: `/run/tunnel/${site}`},
			...(this.#hasImageServers && {serversFolder: dataServersFolder(site)}),
		};
	}

	async calibrate({
		secondsPerLink,
		signal,
	}: {
		readonly secondsPerLink: Seconds;
		readonly signal: AbortSignal;
	}): Promise<readonly LinkCalibration[]> {
		const calibrations: LinkCalibration[] = [];
		for (const link of this.#links.values()) {
			const agents = this.#agentsAt(link);
			calibrations.push(...(await calibrateBetween({link, agents, seconds: secondsPerLink, signal})));
		}
		return calibrations;
	}

	async changeRate({
		link,
		bitsPerSecond,
	}: {
		readonly link: string;
		readonly bitsPerSecond: BitsPerSecond;
	}): Promise<{readonly appliedNs: MonotonicNs; readonly observedNs: MonotonicNs}> {
		const agents = this.#agentsAt(mustGet(this.#links, link));
		const changes = await Promise.all(agents.map(agent => agent.call('change-rate', {link, bitsPerSecond})));
		return {
			appliedNs: latest(changes.map(({appliedNs}) => BigInt(appliedNs))),
			observedNs: latest(changes.map(({observedNs}) => BigInt(observedNs))),
		};
	}

	/** In the order of the links, first the direction from their first end. */
	async sampleLinks(): Promise<readonly LinkCounters[]> {
		const samples = (await this.#all('sample-links')).flat();
		return [...this.#links.values()].flatMap(({name, ends}) =>
			ends.flatMap(({site}) =>
				samples
					.filter(({link, from}) => link === name && from === site)
					.map(sample => ({...sample, atNs: BigInt(sample.atNs)})),
			),
		);
	}

	sampleForeign(): Promise<readonly ForeignUsage[]> {
		return this.#foreign.usage(this.#agents);
	}

	async congestionControl(): Promise<readonly string[]> {
		return [...new Set((await this.#all('congestion-control')).flat())].sort();
	}

	async killProgram(site: string): Promise<void> {
		await mustGet(this.#agents, site).call('kill-program', {});
	}

	probe(request: ProbeRequest, signal: AbortSignal): Promise<LinkProbe> {
		return mustGet(this.#agents, request.from).call('probe-link', request, signal);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isLeaving = true;
		await this.#resources[Symbol.asyncDispose]();
	}

	#agentsAt({ends}: PlannedLink): readonly [SiteAgent, SiteAgent] {
		return [mustGet(this.#agents, ends[0].site), mustGet(this.#agents, ends[1].site)];
	}

	#all<Name extends 'sample-links' | 'congestion-control'>(name: Name) {
		return Promise.all([...this.#agents.values()].map(agent => agent.call(name, {})));
	}
}

type Loss = {readonly site?: string; readonly reason: string};

/** The site of a program, by what that is called. */
const siteOf = (program: string): string => program.split('/')[0] ?? program;

/** A site goes with any of its programs; which one it was is said. */
function told({site: program, reason}: Loss): Loss {
	if (program === undefined) {
		return {reason};
	}
	const site = siteOf(program);
	return {site, reason: site === program ? reason : `the program ${program}: ${reason}`};
}

const latest = (instantsNs: readonly MonotonicNs[]): MonotonicNs =>
	instantsNs.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n;
