import {Heap} from './heap.ts';
import type {Hop} from './messages.ts';

/** A link as a path search sees it; it leads both ways. */
export type Way = {readonly name: string; readonly between: readonly [string, string]; readonly distanceKm: number};

/**
 * Up to `limit` simple paths between two sites, shortest first (Yen's method); equal distances: fewer hops first, then the
 * one met first in the order of the links. Empty when no path leads there.
 */
export function shortestPaths({
	ways,
	from,
	to,
	limit,
}: {
	readonly ways: readonly Way[];
	readonly from: string;
	readonly to: string;
	readonly limit: number;
}): ReadonlyArray<readonly Hop[]> {
	const hopsFrom = adjacency(ways);
	const first = shortest({hopsFrom, from, to, avoidSites: new Set(), avoidHops: new Set()});
	if (!first) {
		return [];
	}
	const found: Route[] = [first];
	let waiting: Route[] = [];
	for (let last = first; found.length < limit; ) {
		waiting.push(
			...deviations({hopsFrom, to, found, last}).filter(route => !waiting.some(other => same(other, route))),
		);
		waiting = waiting.toSorted(byLength);
		const next = waiting.shift();
		if (!next) {
			break;
		}
		found.push(next);
		last = next;
	}
	return found.map(({hops}) => hops.map(({link, from: start, to: end}) => ({link, from: start, to: end})));
}

type WeightedHop = Hop & {readonly distanceKm: number};
type Adjacency = ReadonlyMap<string, readonly WeightedHop[]>;
type Route = {readonly hops: readonly WeightedHop[]; readonly distanceKm: number};

function adjacency(ways: readonly Way[]): Adjacency {
	const hops = ways.flatMap(({name, between: [a, b], distanceKm}) => [
		{link: name, from: a, to: b, distanceKm},
		{link: name, from: b, to: a, distanceKm},
	]);
	return Map.groupBy(hops, ({from}) => from);
}

/** The best routes that leave the last found one at each of its sites in a way that no found route with that beginning does. */
function deviations({
	hopsFrom,
	to,
	found,
	last,
}: {
	readonly hopsFrom: Adjacency;
	readonly to: string;
	readonly found: readonly Route[];
	readonly last: Route;
}): Route[] {
	return last.hops.flatMap((spur, index) => {
		const root = last.hops.slice(0, index);
		const sharing = found.filter(({hops}) => root.every((hop, at) => sameHop(hop, hops[at])));
		const rest = shortest({
			hopsFrom,
			from: spur.from,
			to,
			avoidSites: new Set(root.map(({from}) => from)),
			avoidHops: new Set(sharing.flatMap(({hops}) => hops[index]?.link ?? [])),
		});
		return rest ? [route([...root, ...rest.hops])] : [];
	});
}

/** Dijkstra over (distance, hops); `avoidHops` are links not to be taken out of the first site. */
function shortest({
	hopsFrom,
	from,
	to,
	avoidSites,
	avoidHops,
}: {
	readonly hopsFrom: Adjacency;
	readonly from: string;
	readonly to: string;
	readonly avoidSites: ReadonlySet<string>;
	readonly avoidHops: ReadonlySet<string>;
}): Route | undefined {
	const waiting = new Heap<Reached>(isBefore);
	const settled = new Set<string>();
	/** Of every site met, how good the best route there is, and when the site was met: it decides between equals. */
	const met = new Map<string, {readonly best: Route; readonly order: number}>();
	const start = {hops: [], distanceKm: 0};
	met.set(from, {best: start, order: 0});
	waiting.push({site: from, route: start, order: 0});
	for (let first = waiting.pop(); first; first = waiting.pop()) {
		const {site, route: reached} = first;
		if (site === to) {
			return reached;
		}
		if (settled.has(site)) {
			continue;
		}
		settled.add(site);
		for (const hop of hopsFrom.get(site) ?? []) {
			if (settled.has(hop.to) || avoidSites.has(hop.to) || (site === from && avoidHops.has(hop.link))) {
				continue;
			}
			const longer = {hops: [...reached.hops, hop], distanceKm: reached.distanceKm + hop.distanceKm};
			const known = met.get(hop.to);
			if (!known || byLength(longer, known.best) < 0) {
				const order = known?.order ?? met.size;
				met.set(hop.to, {best: longer, order});
				waiting.push({site: hop.to, route: longer, order});
			}
		}
	}
	return undefined;
}

/** A site with the best route to it so far; a better one may follow, and then this one is passed over. */
type Reached = {readonly site: string; readonly route: Route; readonly order: number};

function isBefore(one: Reached, other: Reached): boolean {
	const difference = byLength(one.route, other.route);
	return difference < 0 || (difference === 0 && one.order < other.order);
}

function route(hops: readonly WeightedHop[]): Route {
	return {hops, distanceKm: hops.reduce((sum, {distanceKm}) => sum + distanceKm, 0)};
}

function byLength(a: Route, b: Route): number {
	return a.distanceKm - b.distanceKm || a.hops.length - b.hops.length;
}

function same(a: Route, b: Route): boolean {
	return a.hops.length === b.hops.length && a.hops.every((hop, index) => sameHop(hop, b.hops[index]));
}

function sameHop(a: Hop, b: Hop | undefined): boolean {
	return a.link === b?.link && a.from === b.from;
}
