import type {Scenario} from './schema.ts';

/** The gateways of a tunnel: `inbound` on the producer's side, `outbound` on the consumer's. */
export type Crossing = {readonly inbound: string; readonly outbound: string};

/** The gateways in the order in which streams meet them, by the fewest links; `undefined` where the way has not both. */
export function crossing({topology: {sites, links}}: Pick<Scenario, 'topology'>): Crossing | undefined {
	const producer = Object.keys(sites).find(site => sites[site]?.role === 'producer');
	const ways = new Map<string, readonly string[]>(producer === undefined ? [] : [[producer, []]]);
	for (const [site, way] of ways) {
		if (sites[site]?.role === 'consumer') {
			const [inbound, outbound] = way.filter(one => sites[one]?.role === 'gateway');
			return inbound === undefined || outbound === undefined ? undefined : {inbound, outbound};
		}
		for (const {between} of links) {
			const other = between[0] === site ? between[1] : between[1] === site ? between[0] : undefined;
			if (other !== undefined && !ways.has(other)) {
				ways.set(other, [...way, other]);
			}
		}
	}
	return undefined;
}
