import {type Firewall, type FirewallReach, httpsPort} from '#core/scenario/firewall-schema.ts';
import {linkAddressRange} from './addressing.ts';
import type {Command} from './command.ts';

/**
 * The `nft` commands that put a firewall around a site: one chain a direction that bars anything. Pure.
 *
 * Calibration talks between the addresses of the links themselves, which nothing else uses: it measures the link, so it passes.
 */
export function firewallCommands(
	{inbound, outbound, refusal}: Firewall,
	{forwards = false}: {readonly forwards?: boolean} = {},
): readonly Command[] {
	const chains = [
		...chainCommands({chain: 'input', hook: 'input', device: 'iif', reach: inbound, refusal}),
		...chainCommands({chain: 'output', hook: 'output', device: 'oif', reach: outbound, refusal}),
		// What crosses a site comes in and goes out: it has to pass both.
		...(forwards
			? [
					...chainCommands({chain: 'forward-in', hook: 'forward', device: 'iif', reach: inbound, refusal}),
					...chainCommands({chain: 'forward-out', hook: 'forward', device: 'oif', reach: outbound, refusal}),
				]
			: []),
	];
	return chains.length === 0 ? [] : [['add', 'table', 'inet', table], ...chains];
}

function chainCommands({
	chain,
	hook,
	device,
	reach,
	refusal,
}: {
	readonly chain: string;
	readonly hook: 'input' | 'output' | 'forward';
	readonly device: 'iif' | 'oif';
	readonly reach: FirewallReach;
	readonly refusal: Firewall['refusal'];
}): readonly Command[] {
	if (reach === 'any') {
		return [];
	}
	const rule = (...words: readonly string[]): Command => ['add', 'rule', 'inet', table, chain, ...words];
	const passing = passingPorts(reach);
	return [
		...[['add', 'chain', 'inet', table, chain, '{', 'type', 'filter', 'hook', hook, 'priority', '0', ';', '}']],
		rule(device, 'lo', 'accept'),
		rule('ip', 'saddr', linkAddressRange, 'ip', 'daddr', linkAddressRange, 'accept'),
		rule('ct', 'state', 'established,related', 'accept'),
		rule('meta', 'l4proto', 'icmp', 'accept'),
		...(passing === undefined ? [] : ['tcp', 'udp'].map(protocol => rule(protocol, 'dport', passing, 'accept'))),
		...(refusal === 'reject' ? [rule('meta', 'l4proto', 'tcp', 'reject', 'with', 'tcp', 'reset')] : []),
		rule(refusal),
	];
}

function passingPorts(reach: Exclude<FirewallReach, 'any'>): string | undefined {
	if (typeof reach === 'object') {
		return reach.ports.join('-');
	}
	return reach === 'https' ? `${httpsPort}` : undefined;
}

const table = 'streambed';
