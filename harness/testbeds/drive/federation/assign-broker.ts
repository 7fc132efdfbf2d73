import {runsOurProgram} from '#core/scenario/runs-our-program.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond} from '#core/units.ts';
import type {Direction} from './believed-links.ts';

/**
 * The site whose broker serves a node. A compute site has its own; a producer or consumer is served by the compute site that it
 * reaches over the widest link, as the links are believed to be, then over the nearest, then the first by name. Routers hold no
 * broker and are passed through. `undefined` where there is no compute site.
 */
export function assignBroker(
	site: string,
	{
		topology,
		rateOf,
	}: {readonly topology: Scenario['topology']; readonly rateOf: (direction: Direction) => BitsPerSecond},
): string | undefined {
	if (topology.sites[site]?.role === 'compute') {
		return site;
	}
	return reachable(site, topology, rateOf).toSorted(
		(a, b) => b.bitsPerSecond - a.bitsPerSecond || a.distanceKm - b.distanceKm || (a.site < b.site ? -1 : 1),
	)[0]?.site;
}

type Reach = {readonly site: string; readonly bitsPerSecond: BitsPerSecond; readonly distanceKm: number};

/** The compute sites next to a site, seen through routers, each by the first way that leads there. */
function reachable(
	start: string,
	{sites, links}: Scenario['topology'],
	rateOf: (direction: Direction) => BitsPerSecond,
): readonly Reach[] {
	const found: Reach[] = [];
	const seen = new Set([start]);
	const frontier: Reach[] = [{site: start, bitsPerSecond: Number.POSITIVE_INFINITY, distanceKm: 0}];
	for (const here of frontier) {
		for (const {name, between, distanceKm} of links) {
			const to = between[0] === here.site ? between[1] : between[1] === here.site ? between[0] : undefined;
			if (to === undefined || seen.has(to)) {
				continue;
			}
			seen.add(to);
			const rate = rateOf({link: name, from: here.site});
			const reach = {
				site: to,
				bitsPerSecond: Math.min(here.bitsPerSecond, rate),
				distanceKm: here.distanceKm + distanceKm,
			};
			if (sites[to]?.role === 'compute') {
				found.push(reach);
			} else if (!runsOurProgram(sites[to]?.role)) {
				frontier.push(reach);
			}
		}
	}
	return found;
}
