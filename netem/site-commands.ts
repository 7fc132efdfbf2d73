import type {Scenario} from '#core/scenario/schema.ts';
import {type AddressPlan, emulatedPrefix, linkPrefix} from './addressing.ts';
import type {Command} from './command.ts';
import {mustGet} from './must-get.ts';
import type {SiteRoutes} from './routing.ts';

type Link = Scenario['topology']['links'][number];
type CongestionControl = Scenario['stack']['congestionControl'];

/** The `ip` command that makes a link: a pair of devices, one in the namespace of each site, one queue each. */
export function pairCommand(device: string, [first, second]: Link['between']): Command {
	const end = (site: string) => ['netns', site, 'numtxqueues', '1', 'numrxqueues', '1'];
	return ['link', 'add', 'dev', device, ...end(first), 'type', 'veth', 'peer', 'name', device, ...end(second)];
}

/**
 * The `ip` commands of one site: addresses, devices up, routes.
 *
 * Connected routes are written out, not left to the kernel, because the congestion control of a connection can be pinned
 * only by its route inside a namespace.
 */
export function siteCommands({
	site,
	links,
	deviceOf,
	addresses,
	routes,
	congestionControl,
}: {
	readonly site: string;
	readonly links: readonly Link[];
	readonly deviceOf: (link: string) => string;
	readonly addresses: AddressPlan;
	readonly routes: SiteRoutes;
	readonly congestionControl: CongestionControl;
}): Command[] {
	const siteAddress = mustGet(addresses.siteAddresses, site);
	const pinned = ['congctl', congestionControl];
	const byName = new Map(links.map(link => [link.name, link]));
	const gateway = (link: string, neighbour: string) => {
		const ends = mustGet(addresses.linkAddresses, link);
		return ends[mustGet(byName, link).between[0] === neighbour ? 0 : 1];
	};
	const route = (prefix: string, {link, neighbour}: {readonly link: string; readonly neighbour: string}) => [
		...['route', 'add', prefix, 'via', gateway(link, neighbour), 'dev', deviceOf(link), 'src', siteAddress],
		...pinned,
	];

	const commands: Command[] = [
		['address', 'add', `${siteAddress}/32`, 'dev', 'lo'],
		['link', 'set', 'dev', 'lo', 'up'],
	];
	for (const {name, between} of links) {
		const ends = mustGet(addresses.linkAddresses, name);
		const own = ends[between[0] === site ? 0 : 1];
		const device = deviceOf(name);
		commands.push(
			['address', 'add', `${own}/31`, 'dev', device, 'noprefixroute'],
			['link', 'set', 'dev', device, 'up'],
			[...['route', 'add', linkPrefix(ends), 'dev', device, 'scope', 'link', 'src', own], ...pinned],
		);
	}
	for (const [destination, hop] of routes.bySite) {
		commands.push(route(`${mustGet(addresses.siteAddresses, destination)}/32`, hop));
	}
	if (routes.fallback) {
		commands.push(route(emulatedPrefix, routes.fallback));
	}
	return commands;
}
