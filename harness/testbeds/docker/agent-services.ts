import {networkInterfaces} from 'node:os';
import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import {packageRoot} from '#core/package-root.ts';
import {runBatch} from '#netem/batch-process.ts';
import {measureRate} from '#netem/calibration/measure-rate.ts';
import {measureDelayMs} from '#netem/calibration/round-trip.ts';
import {untilIdle} from '#netem/calibration/until-idle.ts';
import {congestionControlsOf} from '#netem/congestion-control.ts';
import {EmulatedLinks} from '#netem/emulated-links.ts';
import {mustGet} from '#netem/must-get.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import {requireDelay} from '#netem/require-delay.ts';
import type {PlannedLink} from '#netem/topology-plan.ts';
import {listeningPorts} from '../foreign/listening-ports.ts';
import {probeServer} from '../foreign/probe-server.ts';
import type {SitePrograms} from '../namespaces/site-programs.ts';
import type {Services} from '../remote/messages.ts';
import {adoptCommands} from './adopted-devices.ts';
import type {AgentCalls} from './agent-messages.ts';
import {requireSettings} from './container-settings.ts';
import {connectToFarEnd} from './far-end-connection.ts';

/** What the agent of a container does when it is asked. */
export type AgentServices = Services<AgentCalls>;

export function agentServices({
	clock,
	programs,
}: {
	readonly clock: Clock;
	readonly programs: SitePrograms;
}): AgentServices {
	let site = '';
	let byName: ReadonlyMap<string, PlannedLink> = new Map();
	let links = new EmulatedLinks({links: [], clock, enter: inOwnNamespace});

	/** With this site as its first end. */
	const fromHere = (name: string): PlannedLink => {
		const link = mustGet(byName, name);
		return link.ends[0].site === site ? link : {...link, ends: [link.ends[1], link.ends[0]]};
	};

	return {
		async furnish({namespace, links: own, devices, keepsNames = false}) {
			site = namespace.site;
			const where = `the container of ${site}`;
			requireDelay(own);
			runBatch({tool: 'ip', commands: adoptCommands(devices, networkInterfaces(), {keepsNames}), where});
			requireSettings(namespace.settings);
			runBatch({tool: 'nft', commands: namespace.nft, where});
			runBatch({tool: 'tc', commands: namespace.tc, where});
			runBatch({tool: 'ip', commands: namespace.ip.filter(command => !isDone(command)), where});
			byName = new Map(own.map(link => [link.name, link]));
			links = new EmulatedLinks({links: own, clock, enter: inOwnNamespace});
			links.keepReady([site]);
			return null;
		},
		async 'start-programs'({programs: wanted}) {
			for (const {path, ...program} of wanted) {
				programs.start({...program, path: join(packageRoot, path)});
			}
			return null;
		},
		async 'measure-delay'({link}, signal) {
			return {delayMs: await measureDelayMs({link: fromHere(link), connect: connectToFarEnd, clock, signal})};
		},
		async 'measure-rate'({link: name, seconds}, signal) {
			const link = fromHere(name);
			const rate = await measureRate({link, direction: 0, links, connect: connectToFarEnd, seconds, clock, signal});
			await untilIdle({link, sites: [site], links, clock, signal});
			return rate;
		},
		async 'change-rate'({link, bitsPerSecond}) {
			const {appliedNs, observedNs} = await links.changeRate(mustGet(byName, link), bitsPerSecond, [site]);
			return {appliedNs: `${appliedNs}`, observedNs: `${observedNs}`};
		},
		async 'sample-links'() {
			return [...byName.values()].map(link => {
				const {bytes, droppedCount, backlogBytes} = links.counters(link, site);
				return {link: link.name, from: site, atNs: `${clock.nowNs()}`, bytes, droppedCount, backlogBytes};
			});
		},
		async 'kill-program'() {
			programs.kill(site);
			return null;
		},
		async 'listening-ports'() {
			return {ports: [...listeningPorts(site, inOwnNamespace)]};
		},
		'probe-server': server => probeServer({...server, from: site, enter: inOwnNamespace, clock}),
		async 'probe-link'(request, signal) {
			// Loads what knows the limits of a scenario, which few runs need: without it an agent is there in half the time.
			const {probeLink} = await import('#netem/measurements/probe-link.ts');
			return probeLink({...request, link: fromHere(request.link), links, connect: connectToFarEnd, clock, signal});
		},
		'congestion-control': () => congestionControlsOf(site, inOwnNamespace),
		async 'programs-digest'() {
			// Of all agents that run one image, one is asked.
			const {programsDigest} = await import('./programs-digest.ts');
			return {digest: programsDigest()};
		},
	};
}

/** The loopback device of a container is up from the start. */
const isDone = (command: readonly string[]): boolean => command.join(' ') === 'link set dev lo up';
