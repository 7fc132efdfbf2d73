import {StreambedError} from '#core/errors.ts';
import {forwards} from '#core/scenario/forwards.ts';
import {listenPort} from '#core/scenario/listen-port.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {type LinkAddresses, planAddresses} from './addressing.ts';
import type {Command} from './command.ts';
import {firewallCommands} from './firewall.ts';
import {shapeCommands} from './link-commands.ts';
import {type LinkShape, linkShape} from './link-shape.ts';
import {mustGet} from './must-get.ts';
import {type NamespaceSetting, namespaceSettings} from './namespace-settings.ts';
import {planRoutes} from './routing.ts';
import {pairCommand, siteCommands} from './site-commands.ts';

export type LinkEnd = {readonly site: string; readonly address: string};

export type PlannedLink = {
	readonly name: string;
	/** The device's name, the same at both ends. */
	readonly device: string;
	readonly ends: readonly [LinkEnd, LinkEnd];
	readonly shape: LinkShape;
	/** Whether the timeline gives it another rate. */
	readonly changes: boolean;
};

export type PlannedNamespace = {
	readonly site: string;
	readonly address: string;
	/** Where its program takes connections of streams. */
	readonly port: number;
	/** It is whole once so many of the commands in the outer namespace are done: itself and its ends of links. */
	readonly wholeAfterCount: number;
	readonly settings: readonly NamespaceSetting[];
	readonly tc: readonly Command[];
	readonly ip: readonly Command[];
	/** `nft` commands; none where nothing is barred. */
	readonly nft: readonly Command[];
};

/** All that is done to build a topology, before any of it is done. */
export type TopologyPlan = {
	/** `ip` commands in the outer namespace: a namespace for each site, a pair of devices for each link as soon as both ends are there. */
	readonly outerIp: readonly Command[];
	readonly namespaces: readonly PlannedNamespace[];
	readonly links: readonly PlannedLink[];
};

/**
 * Plans the namespaces, addresses, routes and shapes of a scenario. Pure; 500 sites take some 50 ms.
 * Throws SCENARIO_INVALID for what addresses cannot tell apart: too many sites, or two links between the same two.
 */
export function planTopology({
	topology,
	stack,
	timeline,
}: Pick<Scenario, 'topology' | 'stack' | 'timeline'>): TopologyPlan {
	refuseParallelLinks(topology.links);
	const addresses = planAddresses(topology);
	const routes = planRoutes(topology);
	const devices = new Map(topology.links.map(({name}, index) => [name, `link${index}`]));
	const deviceOf = (link: string) => mustGet(devices, link);
	const changing = new Set(timeline.flatMap(event => (event.kind === 'link-rate' ? [event.link] : [])));
	const links = topology.links.map(link => ({
		...plannedLink(link, deviceOf(link.name), mustGet(addresses.linkAddresses, link.name)),
		changes: changing.has(link.name),
	}));
	const linksOf = linksBySite(topology);

	const outer = planOuter(topology, deviceOf);

	const namespaces = Object.entries(topology.sites).map(([site, description]): PlannedNamespace => {
		const own = mustGet(linksOf, site);
		const ownDevices = own.map(link => deviceOf(link.name));
		return {
			site,
			address: mustGet(addresses.siteAddresses, site),
			port: listenPort(description),
			wholeAfterCount: mustGet(outer.wholeAfterCounts, site),
			settings: namespaceSettings({router: forwards(description.role), devices: ownDevices, links: topology.links}),
			tc: own.flatMap(link => shapeCommands(deviceOf(link.name), linkShape(link))),
			ip: siteCommands({
				site,
				links: own,
				deviceOf,
				addresses,
				routes: mustGet(routes, site),
				congestionControl: stack.congestionControl,
			}),
			nft:
				'firewall' in description && description.firewall
					? firewallCommands(description.firewall, {forwards: forwards(description.role)})
					: [],
		};
	});

	return {outerIp: outer.commands, namespaces, links};
}

/** The commands of the outer namespace, and after how many of them each site is whole. */
function planOuter(
	{sites, links}: Scenario['topology'],
	deviceOf: (link: string) => string,
): {readonly commands: readonly Command[]; readonly wholeAfterCounts: ReadonlyMap<string, number>} {
	const commands: Command[] = [];
	const wholeAfterCounts = new Map<string, number>();
	const order = new Map(Object.keys(sites).map((site, index) => [site, index]));
	const byLaterEnd = Map.groupBy(links, ({between: [a, b]}) => (mustGet(order, a) > mustGet(order, b) ? a : b));
	for (const site of order.keys()) {
		commands.push(['netns', 'add', site]);
		wholeAfterCounts.set(site, commands.length);
		for (const {name, between} of byLaterEnd.get(site) ?? []) {
			commands.push(pairCommand(deviceOf(name), between));
			for (const end of between) {
				wholeAfterCounts.set(end, commands.length);
			}
		}
	}
	return {commands, wholeAfterCounts};
}

/** The address of a site of the plan. */
export const addressIn = ({namespaces}: TopologyPlan, site: string): string =>
	mustGet(new Map(namespaces.map(one => [one.site, one.address])), site);

type Link = Scenario['topology']['links'][number];

/** Packets find their way by destination, so a second link between two sites would never carry any. */
function refuseParallelLinks(links: readonly Link[]): void {
	const names = new Map<string, string>();
	for (const {name, between} of links) {
		const pair = between.toSorted().join(' and ');
		const earlier = names.get(pair);
		if (earlier !== undefined) {
			throw new StreambedError('SCENARIO_INVALID', `${earlier} and ${name} both join ${pair}`, {
				hint: 'put a router between, or make one link of the two',
			});
		}
		names.set(pair, name);
	}
}

function plannedLink(link: Link, device: string, addresses: LinkAddresses): Omit<PlannedLink, 'changes'> {
	const [first, second] = link.between;
	return {
		name: link.name,
		device,
		ends: [
			{site: first, address: addresses[0]},
			{site: second, address: addresses[1]},
		],
		shape: linkShape(link),
	};
}

function linksBySite({sites, links}: Scenario['topology']): ReadonlyMap<string, readonly Link[]> {
	const bySite = new Map<string, Link[]>(Object.keys(sites).map(site => [site, []]));
	for (const link of links) {
		for (const site of link.between) {
			mustGet(bySite, site).push(link);
		}
	}
	return bySite;
}
