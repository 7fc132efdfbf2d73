import type {Scenario} from '#core/scenario/schema.ts';
import type {Bytes} from '#core/units.ts';

/** A file below /proc/sys and what is written into it. */
export type NamespaceSetting = {
	readonly path: string;
	readonly value: string;
	/** A kernel that has no such file has nothing to set. */
	readonly optional?: true;
};

type Topology = Scenario['topology'];

/** What a site's network namespace is set to, so that a result does not hang on what the host is set to. */
export function namespaceSettings({
	router,
	devices,
	links,
}: {
	readonly router: boolean;
	readonly devices: readonly string[];
	/** All links of the topology: the longest and fastest of them sizes the buffers. */
	readonly links: Topology['links'];
}): NamespaceSetting[] {
	const bufferBytes = tcpBufferBytes(links);
	return [
		// Neighbour discovery would put bytes of its own on the links.
		{path: 'net/ipv6/conf/all/disable_ipv6', value: '1', optional: true},
		// Each connection starts from nothing, whatever the one before it saw.
		{path: 'net/ipv4/tcp_no_metrics_save', value: '1'},
		// Since Linux 5.18 a short round trip makes TCP send 64 kB at a time whatever the rate: 50 ms of a link of 10 Mbit/s.
		{path: 'net/ipv4/tcp_tso_rtt_log', value: '0', optional: true},
		{path: 'net/ipv4/tcp_rmem', value: `4096 131072 ${Math.max(6_291_456, bufferBytes)}`},
		{path: 'net/ipv4/tcp_wmem', value: `4096 16384 ${Math.max(4_194_304, bufferBytes)}`},
		...(router ? [{path: 'net/ipv4/ip_forward', value: '1'}] : []),
		...(devices.length > 1 ? withoutReversePathFilter(devices) : []),
	];
}

/** Four times the largest bandwidth-delay product: a sender that lost packets still fills the link. */
function tcpBufferBytes(links: Topology['links']): Bytes {
	const products = links.map(({rateBitsPerSecond, delaySeconds}) => (rateBitsPerSecond / 8) * 2 * delaySeconds);
	return Math.ceil(4 * Math.max(0, ...products));
}

/** A site with several links may get packets by another one than it would answer on. */
function withoutReversePathFilter(devices: readonly string[]): NamespaceSetting[] {
	return ['all', ...devices].map(device => ({path: `net/ipv4/conf/${device}/rp_filter`, value: '0'}));
}
