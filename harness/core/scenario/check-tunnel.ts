import type {Complaint} from './complaint.ts';
import {type Firewall, passes} from './firewall-schema.ts';
import type {Scenario} from './schema.ts';
import {crossing} from './tunnel-crossing.ts';
import {foreignTunnelKinds, type TunnelKind} from './tunnel-schema.ts';

/** A tunnel needs its two gateways on one leg of every stream, ports that their firewalls let through, and time to be set up. */
export function* checkTunnel(scenario: Scenario): Generator<Complaint> {
	const {stack, workload, timing, topology} = scenario;
	const {tunnel, transport} = stack;
	const gateways = Object.keys(topology.sites).filter(site => topology.sites[site]?.role === 'gateway');
	if (!tunnel) {
		if (workload.application !== 'chunks') {
			yield {
				path: ['workload', 'application'],
				message: `${workload.application} runs over stack.tunnel, which this scenario does not have; dataServer: direct is the one without proxies`,
			};
		}
		if (gateways.length > 0) {
			yield {
				path: ['topology', 'sites', gateways[0] as string],
				message: `${gateways.join(' and ')} would carry nothing: name a data server in stack.tunnel`,
			};
		}
		return;
	}
	if (gateways.length !== 2) {
		yield {path: ['stack', 'tunnel'], message: `a tunnel has two sites of role gateway; there are ${gateways.length}`};
		return;
	}
	if (tunnel.image !== undefined && !isForeign(tunnel.dataServer)) {
		yield {
			path: ['stack', 'tunnel', 'image'],
			message: `an image brings ${foreignTunnelKinds.join(', ')}; ${tunnel.dataServer} is ours, or nothing`,
		};
	}
	if (transport !== 'zeromq') {
		yield {
			path: ['stack', 'tunnel'],
			message: `a tunnel carries TCP from site to site: transport ${transport} has brokers`,
		};
	}
	if (timing.warmUpSeconds > 0) {
		yield {
			path: ['timing', 'warmUp'],
			message: 'streams through a tunnel have no warm-up: each is set up when it is accepted; write warmUp: 0s',
		};
	}
	if (workload.application !== 'chunks' && workload.stages.length > 0) {
		yield {
			path: ['workload', 'stages'],
			message: `no stage works on what ${workload.application} carries; write stages: []`,
		};
	}
	const ends = crossing(scenario);
	if (!ends) {
		yield {path: ['stack', 'tunnel'], message: `no way of streams leads across both ${gateways.join(' and ')}`};
		return;
	}
	yield* checkPorts(scenario, ends);
}

const isForeign = (kind: TunnelKind): boolean => foreignTunnelKinds.some(one => one === kind);

/** The consumer's side asks both control servers and opens every connection, so nothing needs to come in from the producer's. */
function* checkPorts(
	{stack, topology}: Scenario,
	{inbound, outbound}: {readonly inbound: string; readonly outbound: string},
): Generator<Complaint> {
	const {tunnel} = stack;
	const firewallOf = (name: string): Firewall | undefined => {
		const site = topology.sites[name];
		return site && 'firewall' in site ? site.firewall : undefined;
	};
	if (!tunnel || tunnel.dataServer === 'direct') {
		return;
	}
	const [first, last] = tunnel.dataPorts;
	if (first <= tunnel.controlPort && tunnel.controlPort <= last) {
		yield {
			path: ['stack', 'tunnel', 'dataPorts'],
			message: `${first}–${last} holds port ${tunnel.controlPort}, where each gateway’s control server listens already`,
		};
	}
	for (const [site, direction] of [
		[inbound, 'inbound'],
		[outbound, 'outbound'],
	] as const) {
		const reach = firewallOf(site)?.[direction] ?? 'any';
		for (const portNumber of [...new Set([first, last])].filter(one => !passes(reach, one))) {
			yield {
				path: ['topology', 'sites', site, 'firewall'],
				message: `it bars port ${portNumber} ${direction}, one of stack.tunnel.dataPorts ${first}–${last}`,
			};
		}
	}
	const controlled = [
		[inbound, firewallOf(inbound)?.inbound],
		[outbound, firewallOf(outbound)?.outbound],
	] as const;
	for (const [site, reach] of controlled) {
		if (!passes(reach ?? 'any', tunnel.controlPort)) {
			yield {
				path: ['topology', 'sites', site, 'firewall'],
				message: `it bars port ${tunnel.controlPort}, where the user client asks the control server of ${inbound}`,
			};
		}
	}
}
