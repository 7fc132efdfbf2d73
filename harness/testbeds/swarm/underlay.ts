import {StreambedError} from '#core/errors.ts';
import type {UnderlayMeasurement} from '#core/records/run-document.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import {mustGet} from '#netem/must-get.ts';
import type {SwarmAgentConnection} from './swarm-agent-connection.ts';

/** A site as it stands: on which node, and with which address of the engine on each of its links. */
export type PlacedSite = {
	readonly node: string;
	readonly agent: SwarmAgentConnection;
	readonly addresses: ReadonlyMap<string, string>;
	/** Its program is not ours. */
	readonly isForeign: boolean;
};

/**
 * Measures, before anything is shaped, what the network below carries between each two nodes that a link joins, in both directions. Rejects with
 * UNDERLAY_SLOW when a link is to be faster than that at any time. What other work slows down is measured again, six times at most.
 */
export async function measureUnderlays({
	topology,
	timeline,
	sites,
	seconds,
	signal,
}: Pick<Scenario, 'topology' | 'timeline'> & {
	readonly sites: ReadonlyMap<string, PlacedSite>;
	readonly seconds: Seconds;
	readonly signal: AbortSignal;
}): Promise<readonly UnderlayMeasurement[]> {
	const crossings = topology.links.flatMap(({name, between: [a, b]}) => {
		const bitsPerSecond = fastestOf(name, {topology, timeline});
		return [
			{link: name, from: a, to: b, bitsPerSecond},
			{link: name, from: b, to: a, bitsPerSecond},
		].filter(({from, to}) => nodeOf(sites, from) !== nodeOf(sites, to));
	});
	const byWay = Map.groupBy(crossings, ({from, to}) => `${nodeOf(sites, from)} ${nodeOf(sites, to)}`);
	const measurements: UnderlayMeasurement[] = [];
	for (const [fastest, ...others] of [...byWay.values()].map(sortedBySpeed)) {
		if (!fastest) {
			continue;
		}
		const bitsPerSecond = await measureWay(fastest, {sites, seconds, signal});
		const [from, to] = [nodeOf(sites, fastest.from), nodeOf(sites, fastest.to)];
		measurements.push({from, to, bitsPerSecond});
		refuseFaster([fastest, ...others], {from, to, bitsPerSecond});
	}
	return measurements;
}

type Crossing = {
	readonly link: string;
	readonly from: string;
	readonly to: string;
	readonly bitsPerSecond: BitsPerSecond;
};

const sortedBySpeed = (crossings: readonly Crossing[]): readonly Crossing[] =>
	crossings.toSorted((a, b) => b.bitsPerSecond - a.bitsPerSecond);

const nodeOf = (sites: ReadonlyMap<string, PlacedSite>, site: string): string => mustGet(sites, site).node;

/** A link that a timeline makes faster must be carried then, too. */
function fastestOf(name: string, {topology, timeline}: Pick<Scenario, 'topology' | 'timeline'>): BitsPerSecond {
	const atFirst = topology.links.find(link => link.name === name)?.rateBitsPerSecond ?? 0;
	const later = timeline.flatMap(event =>
		'link' in event && event.link === name && 'rateBitsPerSecond' in event ? [event.rateBitsPerSecond] : [],
	);
	return Math.max(atFirst, ...later);
}

async function measureWay(
	{link, from, to, bitsPerSecond: neededBitsPerSecond}: Crossing,
	{
		sites,
		seconds,
		signal,
	}: {readonly sites: ReadonlyMap<string, PlacedSite>; readonly seconds: Seconds; readonly signal: AbortSignal},
): Promise<BitsPerSecond> {
	const near = mustGet(sites, from);
	const request = {
		address: mustGet(near.addresses, link),
		farAddress: mustGet(mustGet(sites, to).addresses, link),
		seconds,
	};
	let best: BitsPerSecond = 0;
	for (let attempt = 0; attempt < attemptsMax && best < neededBitsPerSecond; attempt++) {
		const {layer2BitsPerSecond} = await near.agent.call('measure-underlay', request, signal);
		best = Math.max(best, layer2BitsPerSecond);
	}
	return best;
}

function refuseFaster(crossings: readonly Crossing[], {from, to, bitsPerSecond}: UnderlayMeasurement): void {
	const [fastest] = crossings;
	if (!fastest || fastest.bitsPerSecond <= bitsPerSecond) {
		return;
	}
	const text = (asked: {readonly bitsPerSecond: BitsPerSecond}) =>
		`${(asked.bitsPerSecond / 1e6).toPrecision(4)} Mbit/s`;
	throw new StreambedError(
		'UNDERLAY_SLOW',
		`the link ${fastest.link} is to carry ${text(fastest)} from ${from} to ${to}, and the network below carries ${text({bitsPerSecond})}`,
		{
			hint: 'give both of its sites the same host, or the link a rate below what was measured; where the machines had other work, run it again',
		},
	);
}

const attemptsMax = 6;
