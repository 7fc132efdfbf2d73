import type {StreamPlan} from '#core/control/messages.ts';
import {runsOurProgram} from '#core/scenario/runs-our-program.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond} from '#core/units.ts';
import type {Acceptance, Hop, LinkRate} from '#proxies/runtime/messages.ts';
import type {TopicEndpoints} from '../brokers/brokers.ts';

/** One send of a stream between two sites that run a program of ours; it may cross routers and foreign sites. */
export type Leg = {
	readonly from: string;
	readonly to: string;
	readonly links: readonly string[];
	/** The first foreign site on it, where its sender connects to in place of its end, and the link that leads there. */
	readonly entry?: {readonly link: string; readonly to: string};
};

/** One leg of a stream goes through a tunnel: its sender listens, and its receiver connects to where the tunnel leads there. */
export type TunnelEnds = {readonly sender: string; readonly listens: string; readonly leadsTo: string};

/** The legs of a path of links. */
export function legsOf(path: readonly Hop[], sites: Scenario['topology']['sites']): readonly Leg[] {
	const legs: Leg[] = [];
	let links: string[] = [];
	let entry: Leg['entry'] | undefined;
	let from = path[0]?.from ?? '';
	for (const hop of path) {
		links.push(hop.link);
		const {role} = sites[hop.to] ?? {};
		if (role === 'foreign') {
			entry ??= {link: hop.link, to: hop.to};
		}
		if (runsOurProgram(role)) {
			legs.push({from, to: hop.to, links, ...(entry && {entry})});
			from = hop.to;
			links = [];
			entry = undefined;
		}
	}
	return legs;
}

/** What the sending site of each leg may send: the least of what the stream is allowed on the leg's links. */
export function legRates(legs: readonly Leg[], rates: readonly LinkRate[]): ReadonlyMap<string, BitsPerSecond> {
	const byLink = new Map(rates.map(({link, bitsPerSecond}) => [link, bitsPerSecond]));
	return new Map(
		legs
			.filter(({links}) => links.some(link => byLink.has(link)))
			.map(({from, links}) => [from, Math.min(...links.map(link => byLink.get(link) ?? Number.POSITIVE_INFINITY))]),
	);
}

/** What each site on a stream's way has to know, the consumer first, so that every receiver stands before its sender. */
export function sitePlans({
	acceptance,
	legs,
	rates,
	sends,
	endpoint,
	topics,
	tunnel,
}: {
	readonly acceptance: Pick<Acceptance, 'stream' | 'streamIndex' | 'placement' | 'resolutionRatio'>;
	readonly legs: readonly Leg[];
	/** By sending site; a site that is missing sends as fast as its connection takes it. */
	readonly rates: ReadonlyMap<string, BitsPerSecond>;
	readonly sends: Exclude<StreamPlan['sends'], undefined>;
	readonly endpoint: (hop: {readonly link: string; readonly to: string}) => string;
	/** Where brokers stand between the sites, in place of `endpoint`. */
	readonly topics?: TopicEndpoints | undefined;
	readonly tunnel?: TunnelEnds | undefined;
}): ReadonlyArray<{readonly site: string; readonly plan: StreamPlan}> {
	const {stream, streamIndex, placement, resolutionRatio} = acceptance;
	const producer = legs[0]?.from;
	const consumer = legs.at(-1)?.to;
	const sites = [...legs.map(({from}) => from), ...(consumer === undefined ? [] : [consumer])];
	return sites.reverse().map(site => {
		const leg = legs.find(({from}) => from === site);
		const lastLink = leg?.links.at(-1);
		const bitsPerSecond = rates.get(site);
		const before = legs.find(({to}) => to === site);
		const source = tunnel && before?.from === tunnel.sender ? tunnel.leadsTo : topics?.read.get(site);
		return {
			site,
			plan: {
				stream,
				streamIndex,
				resolutionRatio,
				stages: placement.flatMap(({stage: name, site: at, ...stage}, index) =>
					at === site ? [{name, ...stage, first: index === 0}] : [],
				),
				...(leg && lastLink !== undefined
					? {
							next:
								site === tunnel?.sender
									? {link: lastLink, endpoint: tunnel.listens, listens: true}
									: {
											link: lastLink,
											endpoint: topics?.written.get(site) ?? endpoint(leg.entry ?? {link: lastLink, to: leg.to}),
										},
						}
					: {}),
				...(site === consumer && tunnel
					? {receives: {fromSeconds: sends.firstPlannedSeconds, toSeconds: sends.endSeconds}}
					: {}),
				...(source === undefined ? {} : {source: {endpoint: source}}),
				...(bitsPerSecond === undefined ? {} : {bitsPerSecond}),
				...(site === producer ? {sends} : {}),
			},
		};
	});
}
