import {mkdirSync} from 'node:fs';
import type {Clock} from '#core/clock.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import {buildTopology} from '#netem/build-topology.ts';
import {calibrateLink} from '#netem/calibration/calibrate-link.ts';
import {congestionControlsOf} from '#netem/congestion-control.ts';
import {EmulatedLinks} from '#netem/emulated-links.ts';
import {checked, libc} from '#netem/libc.ts';
import {probeLink} from '#netem/measurements/probe-link.ts';
import {mustGet} from '#netem/must-get.ts';
import {namespacesFolder} from '#netem/network-namespace.ts';
import {requireDelay} from '#netem/require-delay.ts';
import type {PlannedLink, TopologyPlan} from '#netem/topology-plan.ts';
import type {ForeignProcesses} from '../foreign/foreign-processes.ts';
import type {Services} from '../remote/messages.ts';
import type {HolderCalls} from './holder-messages.ts';
import type {SitePrograms} from './site-programs.ts';

/** What the holder does when it is asked. */
export type HolderServices = Services<HolderCalls>;

export function holderServices({
	clock,
	programs,
	foreign,
}: {
	readonly clock: Clock;
	readonly programs: SitePrograms;
	readonly foreign: ForeignProcesses;
}): HolderServices {
	let byName: ReadonlyMap<string, PlannedLink> = new Map();
	let links = new EmulatedLinks({links: [], clock});

	const build = async (plan: TopologyPlan) => {
		requireDelay(plan.links);
		await buildTopology(plan);
		byName = new Map(plan.links.map(link => [link.name, link]));
		links = new EmulatedLinks({links: plan.links, clock});
		links.keepReady();
	};

	return {
		async build({plan}) {
			await build(plan);
			return null;
		},
		async 'start-programs'({programs: wanted}) {
			for (const program of wanted) {
				programs.start(program);
			}
			return null;
		},
		async calibrate({secondsPerLink}, signal) {
			const calibrations: LinkCalibration[] = [];
			for (const link of byName.values()) {
				calibrations.push(...(await calibrateLink({link, links, seconds: secondsPerLink, clock, signal})));
			}
			return calibrations;
		},
		async 'change-rate'({link, bitsPerSecond}) {
			const {appliedNs, observedNs} = await links.changeRate(mustGet(byName, link), bitsPerSecond);
			return {appliedNs: `${appliedNs}`, observedNs: `${observedNs}`};
		},
		async 'sample-links'() {
			return [...byName.values()].flatMap(link =>
				link.ends.map(({site}) => {
					const {bytes, droppedCount, backlogBytes} = links.counters(link, site);
					return {link: link.name, from: site, atNs: `${clock.nowNs()}`, bytes, droppedCount, backlogBytes};
				}),
			);
		},
		async 'kill-program'({site}) {
			programs.kill(site);
			return null;
		},
		async 'stall-program'({site, seconds}, signal) {
			programs.pause(site);
			try {
				await clock.sleep(seconds, signal);
			} finally {
				programs.resume(site);
			}
			return null;
		},
		async 'start-foreign'({program, logPath}, signal) {
			await foreign.start(program, {logPath, signal});
			return null;
		},
		'sample-foreign': () => foreign.usage(),
		'probe-link': (request, signal) =>
			probeLink({...request, link: mustGet(byName, request.link), links, clock, signal}),
		async 'congestion-control'() {
			const found = await Promise.all(programs.sites.map(site => congestionControlsOf(site)));
			return [...new Set(found.flat())].sort();
		},
	};
}

/** A file system of the run's own, in memory: `ip` names its namespaces there. */
export function mountPrivateRun(): void {
	checked('mount of a tmpfs on /run', libc.mount('tmpfs', '/run', 'tmpfs', 0, null));
	mkdirSync(namespacesFolder);
}
