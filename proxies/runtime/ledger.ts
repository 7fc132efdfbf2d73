import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond} from '#core/units.ts';
import type {Hop, LinkRate} from './messages.ts';

/** One direction of a link, with the reservations on it in the order in which they came. */
export type Channel = {
	readonly link: string;
	capacityBitsPerSecond: BitsPerSecond;
	readonly reservations: Map<string, BitsPerSecond>;
};

/** What is held: workers at sites, bandwidth on links in each direction. */
export type Ledger = {
	/** The direction of a link that a hop takes. */
	channel(hop: Hop): Channel;
	/** Both directions of a link. */
	channels(link: string): readonly Channel[];
	/** Negative while more are held than there are. */
	freeWorkers(site: string): number;
	setWorkers(site: string, workers: number): void;
	workersReserved(): ReadonlyMap<string, number>;
	reserve(holding: Holding): void;
	release(holding: Holding): void;
};

/** What one stream holds. */
export type Holding = {
	readonly stream: string;
	readonly path: readonly Hop[];
	/** For each hop of the path. */
	readonly reservations: readonly LinkRate[];
	/** One worker for each mention. */
	readonly workerSites: readonly string[];
};

export function emptyLedger({topology}: Scenario): Ledger {
	const channels = new Map<string, Map<string, Channel>>();
	for (const {name, between, rateBitsPerSecond} of topology.links) {
		const both = between.map((from): [string, Channel] => [
			from,
			{link: name, capacityBitsPerSecond: rateBitsPerSecond, reservations: new Map()},
		]);
		channels.set(name, new Map(both));
	}
	const workers = new Map<string, number>();
	const reserved = new Map<string, number>();
	for (const [name, site] of Object.entries(topology.sites)) {
		if (site.role === 'compute') {
			workers.set(name, site.workers);
			reserved.set(name, 0);
		}
	}
	const directions = (link: string): ReadonlyMap<string, Channel> => {
		const found = channels.get(link);
		assert(found, `no link ${link}`);
		return found;
	};
	const channel = ({link, from}: Hop): Channel => {
		const found = directions(link).get(from);
		assert(found, `link ${link} does not begin at ${from}`);
		return found;
	};
	const held = (site: string) => reserved.get(site) ?? 0;
	return {
		channel,
		channels: link => [...directions(link).values()],
		freeWorkers: site => (workers.get(site) ?? 0) - held(site),
		setWorkers(site, count) {
			assert(workers.has(site), `${site} has no workers`);
			workers.set(site, count);
		},
		workersReserved: () => reserved,
		reserve({stream, path, reservations, workerSites}) {
			for (const [index, hop] of path.entries()) {
				channel(hop).reservations.set(stream, (reservations[index] as LinkRate).bitsPerSecond);
			}
			for (const site of workerSites) {
				reserved.set(site, held(site) + 1);
			}
		},
		release({stream, path, workerSites}) {
			for (const hop of path) {
				channel(hop).reservations.delete(stream);
			}
			for (const site of workerSites) {
				reserved.set(site, held(site) - 1);
			}
		},
	};
}

/** Summed anew each time, in one order, so that nothing drifts as streams come and go. */
export function reservedBitsPerSecond({reservations}: Channel): BitsPerSecond {
	let total = 0;
	for (const reservation of reservations.values()) {
		total += reservation;
	}
	return total;
}
