import {forwards} from './forwards.ts';
import type {Scenario} from './schema.ts';

type Topology = Scenario['topology'];

/**
 * The sites that a foreign site may send on to: those with a program that it reaches over routers alone, on the consumer's side of it.
 * None where streams cannot cross it: the consumer is not behind it, or a way leads round it. Pure.
 */
export function nextStops(site: string, {sites, links}: Topology): readonly string[] {
	const neighbours = (of: string) => links.flatMap(({between: [a, b]}) => (a === of ? [b] : b === of ? [a] : []));
	const reached = (from: string, crosses: (site: string) => boolean): ReadonlySet<string> => {
		const seen = new Set([from]);
		for (const one of seen) {
			for (const other of crosses(one) ? neighbours(one) : []) {
				seen.add(other);
			}
		}
		return seen;
	};
	const at = (role: string) => Object.keys(sites).find(name => sites[name]?.role === role) ?? '';
	const before = reached(at('producer'), one => one !== site);
	if (before.has(at('consumer'))) {
		return [];
	}
	const near = reached(site, one => one === site || forwards(sites[one]?.role));
	return [...near].filter(one => !before.has(one) && one !== site && !forwards(sites[one]?.role));
}
