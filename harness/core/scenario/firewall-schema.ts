import {z} from 'zod';

const port = z.int().min(1).max(65_535);

const reach = z
	.union([
		z.enum(['any', 'none', 'https']),
		z.strictObject({
			ports: z
				.tuple([port, port])
				.refine(([first, last]) => first <= last, 'a range of ports goes from the lower one to the higher one'),
		}),
	])
	.default('any')
	.describe('which new connections pass; https: port 443 alone; ports: from the first to the last, both included');

/** What stands between a site and all of its links. Answers to what was let through pass, and so does ICMP. */
export const firewallSchema = z.strictObject({
	inbound: reach,
	outbound: reach,
	refusal: z
		.enum(['drop', 'reject'])
		.default('drop')
		.describe('drop: whoever tries waits until it gives up; reject: it is told at once'),
});

export type Firewall = z.output<typeof firewallSchema>;
export type FirewallReach = Firewall['inbound'];

/** Whether a new connection to a port passes. */
export function passes(reachable: FirewallReach, portNumber: number): boolean {
	if (typeof reachable === 'object') {
		const [first, last] = reachable.ports;
		return portNumber >= first && portNumber <= last;
	}
	return reachable === 'any' || (reachable === 'https' && portNumber === httpsPort);
}

export const httpsPort = 443;
