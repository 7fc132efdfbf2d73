import type {Complaint} from './complaint.ts';
import {type Firewall, passes} from './firewall-schema.ts';
import {forwards} from './forwards.ts';
import type {Scenario} from './schema.ts';
import {streamPort} from './stream-port.ts';

/**
 * Whether streams find a way from the producer to the consumer that every firewall lets them connect on: each site connects to
 * the next one. With a broker everybody connects to it, which is not looked at here; nor are tunnels.
 */
export function* checkFirewalls({topology, stack}: Scenario): Generator<Complaint> {
	const [producer, consumer] = (['producer', 'consumer'] as const).map(role =>
		Object.keys(topology.sites).find(site => topology.sites[site]?.role === role),
	);
	if (stack.transport !== 'zeromq' || stack.tunnel || producer === undefined || consumer === undefined) {
		return;
	}
	const barred = new Map<string, string>();
	const reached = new Set([producer]);
	for (const from of reached) {
		for (const to of programsBeside(from, topology)) {
			const wall = barrier({from, to}, topology);
			if (wall === undefined) {
				reached.add(to);
			} else {
				barred.set(wall, `${from} cannot connect to ${to}`);
			}
		}
	}
	if (!reached.has(consumer)) {
		for (const [site, what] of barred) {
			yield {
				path: ['topology', 'sites', site, 'firewall'],
				message: `${what} on port ${streamPort}, where streams come in, and no other way leads from ${producer} to ${consumer}`,
			};
		}
	}
}

/** The site whose firewall keeps one from connecting to the other. */
function barrier(
	{from, to}: {readonly from: string; readonly to: string},
	{sites}: Scenario['topology'],
): string | undefined {
	const firewallOf = (name: string): Firewall | undefined => {
		const site = sites[name];
		return site && 'firewall' in site ? site.firewall : undefined;
	};
	if (!passes(firewallOf(from)?.outbound ?? 'any', streamPort)) {
		return from;
	}
	return passes(firewallOf(to)?.inbound ?? 'any', streamPort) ? undefined : to;
}

/** The sites that hold programs and are joined to this one by a link, or by routers alone. */
function programsBeside(start: string, {sites, links}: Scenario['topology']): readonly string[] {
	const seen = new Set([start]);
	for (const site of seen) {
		if (site !== start && !forwards(sites[site]?.role)) {
			continue;
		}
		for (const {between} of links) {
			const other = between[0] === site ? between[1] : between[1] === site ? between[0] : undefined;
			if (other !== undefined) {
				seen.add(other);
			}
		}
	}
	return [...seen].filter(site => site !== start && !forwards(sites[site]?.role));
}
