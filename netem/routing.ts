import {forwards} from '#core/scenario/forwards.ts';
import type {Scenario} from '#core/scenario/schema.ts';

type Topology = Scenario['topology'];

export type NextHop = {readonly link: string; readonly neighbour: string};

/** The routes of one site beyond the links that it is connected to. */
export type SiteRoutes = {
	/** Where everything goes that has no route of its own. */
	readonly fallback?: NextHop;
	readonly bySite: ReadonlyMap<string, NextHop>;
};

/**
 * Routes of every site by the fewest links; ties go to the link that stands first in the scenario.
 *
 * Only routers pass packets on: across any other site data travels through the program that stands there, so the kernel has
 * no route across it. A site with one link sends everything there. Any other gives its most frequent next hop as
 * the fallback, so that a router of 500 sites needs few routes.
 */
export function planRoutes(topology: Topology): ReadonlyMap<string, SiteRoutes> {
	const hops = neighbours(topology);
	return new Map(Object.keys(topology.sites).map(site => [site, routesFrom(site, topology, hops)]));
}

function neighbours({sites, links}: Topology): ReadonlyMap<string, readonly NextHop[]> {
	const hops = new Map<string, NextHop[]>(Object.keys(sites).map(site => [site, []]));
	for (const {name, between} of links) {
		const [first, second] = between;
		hops.get(first)?.push({link: name, neighbour: second});
		hops.get(second)?.push({link: name, neighbour: first});
	}
	return hops;
}

function routesFrom(start: string, {sites}: Topology, hops: ReadonlyMap<string, readonly NextHop[]>): SiteRoutes {
	const [only, ...others] = hops.get(start) ?? [];
	if (only && others.length === 0) {
		return {fallback: only, bySite: new Map()};
	}
	const firstHops = new Map<string, NextHop>();
	const queue: string[] = [start];
	for (const site of queue) {
		if (site !== start && !forwards(sites[site]?.role)) {
			continue;
		}
		for (const hop of hops.get(site) ?? []) {
			if (hop.neighbour !== start && !firstHops.has(hop.neighbour)) {
				firstHops.set(hop.neighbour, firstHops.get(site) ?? hop);
				queue.push(hop.neighbour);
			}
		}
	}
	return aggregated(firstHops);
}

function aggregated(firstHops: ReadonlyMap<string, NextHop>): SiteRoutes {
	const groups = Map.groupBy(firstHops.values(), hop => hop.link);
	const [largest] = [...groups.values()].sort((a, b) => b.length - a.length);
	const fallback = largest && largest.length > 1 ? largest[0] : undefined;
	if (!fallback) {
		return {bySite: firstHops};
	}
	return {fallback, bySite: new Map([...firstHops].filter(([, hop]) => hop.link !== fallback.link))};
}
