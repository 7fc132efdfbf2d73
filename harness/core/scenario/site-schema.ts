import {z} from 'zod';
import {defaultPrices} from './default-prices.ts';
import {firewallSchema} from './firewall-schema.ts';
import {foreignSiteSchema} from './foreign-site-schema.ts';
import {hostSchema as host} from './host-schema.ts';

const workers = z.int().min(1).max(10_000);

const firewall = firewallSchema.optional().describe('between the site and all of its links; without it, all passes');

/** A place, by what stands there. */
export const siteSchema = z
	.discriminatedUnion('role', [
		z.strictObject({role: z.literal('producer'), host, firewall}),
		z.strictObject({role: z.literal('consumer'), host, firewall}),
		z.strictObject({role: z.literal('router'), host}),
		z.strictObject({role: z.literal('gateway'), host, firewall}),
		foreignSiteSchema,
		z.strictObject({
			role: z.literal('compute'),
			host,
			firewall,
			tier: z.enum(['edge', 'in-transit', 'core']),
			workers,
			speed: z.number().positive().max(1000).default(1).describe('service rate against the stage’s own, 1 = as given'),
			usdPerHour: z
				.number()
				.min(0)
				.default(defaultPrices.workerUsdPerHour)
				.describe('price of one worker; the default is a t2.micro of Amazon EC2 in 2018'),
		}),
	])
	.describe('a place with one network namespace or container');
