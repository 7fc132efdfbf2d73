import {formatBytes, formatSeconds} from '../quantities.ts';
import type {Seconds} from '../units.ts';
import {checkBroker} from './check-broker.ts';
import {checkFederation} from './check-federation.ts';
import {checkFirewalls} from './check-firewalls.ts';
import {checkForeign} from './check-foreign.ts';
import {checkMerging} from './check-merging.ts';
import {checkStages} from './check-stages.ts';
import {checkTimeline} from './check-timeline.ts';
import {checkTunnel} from './check-tunnel.ts';
import type {Complaint} from './complaint.ts';
import type {ScenarioOutline} from './outline.ts';
import type {Scenario} from './schema.ts';

/** Wrong names, found whether or not the values beside them are right: links to nowhere, unreachable sites, stray events. */
export function checkOutline(outline: ScenarioOutline): readonly Complaint[] {
	return [...checkSites(outline), ...checkLinks(outline), ...checkReach(outline), ...checkTimeline(outline)];
}

/** What remains to be seen of a scenario that passed its schema. */
export function checkScenario(scenario: Scenario): readonly Complaint[] {
	return [
		...checkScale(scenario),
		...checkWorkload(scenario),
		...checkReplay(scenario),
		...checkQuality(scenario),
		...checkPlacementSites(scenario),
		...checkBroker(scenario),
		...checkFederation(scenario),
		...checkMerging(scenario),
		...checkStages(scenario),
		...checkFirewalls(scenario),
		...checkForeign(scenario),
		...checkTunnel(scenario),
	];
}

function* checkSites({sites, stageCount}: ScenarioOutline): Generator<Complaint> {
	const roles = [...sites.values()];
	for (const role of ['producer', 'consumer'] as const) {
		const count = roles.filter(other => other === role).length;
		if (count !== 1) {
			yield {path: ['topology', 'sites'], message: `a scenario has one ${role}; this one has ${count}`};
		}
	}
	if (stageCount > 0 && !roles.includes('compute')) {
		yield {path: ['topology', 'sites'], message: `${stageCount} stages, but no site of role compute to hold them`};
	}
}

function* checkLinks({sites, links}: ScenarioOutline): Generator<Complaint> {
	const seen = new Set<string>();
	for (const [index, {name, between}] of links.entries()) {
		const path = ['topology', 'links', index];
		if (name !== undefined && seen.has(name)) {
			yield {path: [...path, 'name'], message: `two links are named ${name}`};
		}
		seen.add(name ?? '');
		for (const [end, site] of between.entries()) {
			if (!sites.has(site)) {
				yield {
					path: [...path, 'between', end],
					message: `link ${name ?? index} leads to ${site}, which is no site (sites: ${[...sites.keys()].join(', ')})`,
				};
			}
		}
		if (between.length === 2 && between[0] === between[1]) {
			yield {path: [...path, 'between'], message: `link ${name ?? index} leads from ${between[0]} to itself`};
		}
	}
}

function* checkReach({sites, links}: ScenarioOutline): Generator<Complaint> {
	const [start] = sites.keys();
	if (start === undefined) {
		return;
	}
	const neighbours = new Map<string, string[]>([...sites.keys()].map(site => [site, []]));
	for (const {between} of links) {
		const [a, b] = between;
		if (a !== undefined && b !== undefined) {
			neighbours.get(a)?.push(b);
			neighbours.get(b)?.push(a);
		}
	}
	const reached = new Set([start]);
	const frontier = [start];
	for (let site = frontier.pop(); site !== undefined; site = frontier.pop()) {
		for (const other of neighbours.get(site) ?? []) {
			if (!reached.has(other)) {
				reached.add(other);
				frontier.push(other);
			}
		}
	}
	for (const site of [...sites.keys()].filter(name => !reached.has(name))) {
		yield {path: ['topology', 'sites', site], message: `no path of links joins ${site} to ${start}`};
	}
}

const smallestRealChunkBytes = 256;

/** A Poisson draw takes as many draws of chance as its mean. */
const poissonStepsMax = 100_000;

function* checkScale({workload: {chunk}, timeScale}: Scenario): Generator<Complaint> {
	const realBytes = chunk.bytes * timeScale;
	if (realBytes < smallestRealChunkBytes) {
		yield {
			path: ['timeScale'],
			message: `at time scale ${timeScale} a chunk of ${formatBytes(chunk.bytes)} shrinks to ${formatBytes(realBytes)}; ${smallestRealChunkBytes} B is the least`,
		};
	}
}

function* checkWorkload({workload, timing}: Scenario): Generator<Complaint> {
	const {arrivals, requests, leadSeconds} = workload;
	if (workload.requestsFile !== undefined) {
		return;
	}
	const lastArrivalSeconds =
		arrivals.law === 'together'
			? arrivals.atSeconds
			: arrivals.law === 'spread'
				? arrivals.fromSeconds + arrivals.overSeconds
				: arrivals.law === 'uniform'
					? arrivals.toSeconds
					: arrivals.withinSeconds[1];
	if (lastArrivalSeconds + leadSeconds > timing.driveSeconds) {
		yield {
			path: ['workload', 'arrivals'],
			message: `requests may come until ${formatSeconds(lastArrivalSeconds)} and start ${formatSeconds(leadSeconds)} later, but driving ends at ${formatSeconds(timing.driveSeconds)}${arrivalsRemedy(arrivals, timing.driveSeconds - leadSeconds)}`,
		};
	}
	const [from, to] =
		arrivals.law === 'uniform'
			? [arrivals.fromSeconds, arrivals.toSeconds]
			: arrivals.law === 'normal' || arrivals.law === 'poisson'
				? arrivals.withinSeconds
				: [0, 0];
	if (from > to) {
		yield {
			path: ['workload', 'arrivals'],
			message: `the window of arrivals ends (${formatSeconds(to)}) before it begins (${formatSeconds(from)})`,
		};
	}
	if (arrivals.law === 'poisson' && arrivals.meanSeconds > arrivals.stepSeconds * poissonStepsMax) {
		yield {
			path: ['workload', 'arrivals'],
			message: `the mean is ${arrivals.meanSeconds / arrivals.stepSeconds} steps; ${poissonStepsMax} are the most`,
		};
	}
	for (const [index, {durationSeconds}] of requests.entries()) {
		if (typeof durationSeconds === 'object' && durationSeconds.uniform[0] > durationSeconds.uniform[1]) {
			yield {
				path: ['workload', 'requests', index, 'duration'],
				message: 'the shortest duration is longer than the longest',
			};
		}
	}
}

/** Where the law may be the default, its author never wrote what is complained of. */
function arrivalsRemedy({law}: Scenario['workload']['arrivals'], roomSeconds: Seconds): string {
	return law === 'spread' && roomSeconds > 0
		? ` (default: spread over 10 s; set arrivals: {law: spread, over: ${formatSeconds(Math.min(1, roomSeconds))}})`
		: '';
}

function* checkReplay({workload: {replay, leadSeconds}, timing}: Scenario): Generator<Complaint> {
	const lastSeconds = replay?.reduce((last, {atSeconds}) => Math.max(last, atSeconds), 0) ?? 0;
	if (lastSeconds + leadSeconds > timing.driveSeconds && replay) {
		yield {
			path: ['workload', 'requestsFile'],
			message: `its last request comes at ${formatSeconds(lastSeconds)} and starts ${formatSeconds(leadSeconds)} later, but driving ends at ${formatSeconds(timing.driveSeconds)}`,
		};
	}
}

function* checkPlacementSites({stack, topology}: Scenario): Generator<Complaint> {
	for (const [index, name] of (stack.placementSites ?? []).entries()) {
		const role = topology.sites[name]?.role;
		if (role !== 'compute') {
			yield {
				path: ['stack', 'placementSites', index],
				message: role === undefined ? `${name} is no site` : `${name} is a ${role}; stages stand at compute sites`,
			};
		}
	}
}

function* checkQuality({stack}: Scenario): Generator<Complaint> {
	const {steps} = stack.quality;
	for (const [index, step] of steps.entries()) {
		if ((step.boundSeconds === null) !== (index === steps.length - 1)) {
			yield {
				path: ['stack', 'quality', 'steps', index],
				message: 'the last row, and only the last, has neither `above` nor `from`: it takes whatever is left',
			};
		}
	}
}
