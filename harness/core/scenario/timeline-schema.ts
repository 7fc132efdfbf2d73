import {z} from 'zod';
import type {BitsPerSecond, Seconds} from '../units.ts';
import {linkRate} from './link-rate-schema.ts';
import {nameSchema} from './name-schema.ts';
import {quantity} from './quantity-schema.ts';

/** Something that happens to the infrastructure while it is driven. */
export type TimelineEvent =
	| {
			readonly kind: 'link-rate';
			readonly atSeconds: Seconds;
			readonly link: string;
			readonly rateBitsPerSecond: BitsPerSecond;
	  }
	/** So many workers the site has from then on: some are lost, or come back. */
	| {readonly kind: 'workers'; readonly atSeconds: Seconds; readonly site: string; readonly workers: number}
	/** The program of the site ends without a word, and does not come back. */
	| {readonly kind: 'site-lost'; readonly atSeconds: Seconds; readonly site: string}
	/** At a gateway: its data servers are killed, or its control server is ended with its sessions and started anew. */
	| {
			readonly kind: 'gateway-fault';
			readonly atSeconds: Seconds;
			readonly site: string;
			readonly fault: (typeof gatewayFaults)[number];
	  }
	/** The program of the site stands still for a time. */
	| {readonly kind: 'stall'; readonly atSeconds: Seconds; readonly site: string; readonly forSeconds: Seconds};

export const gatewayFaults = ['data-servers-killed', 'control-restarted'] as const;

/** As its author writes it: `{at, link, rate}`, `{at, site, workers}`, `{at, site, fault}` or `{at, site, fault: stalled, for}`. */
export const timelineEventSchema = z
	.strictObject({
		at: quantity('duration'),
		link: nameSchema.optional(),
		rate: linkRate().optional().describe('of the link from then on'),
		site: nameSchema.optional(),
		workers: z.int().min(0).max(10_000).optional().describe('of the site from then on; those beyond are lost'),
		fault: z
			.enum(['lost', 'stalled', ...gatewayFaults])
			.optional()
			.describe(
				'lost: the program of a compute site is killed; stalled: that of the consumer stands still; the others hit a gateway',
			),
		for: quantity('duration').optional().describe('how long it is stalled'),
	})
	.transform((written, context): TimelineEvent => {
		const {at: atSeconds, link, rate, site, workers, fault, for: forSeconds} = written;
		const said = Object.keys(written)
			.filter(key => written[key as keyof typeof written] !== undefined)
			.sort()
			.join(' ');
		if (said === 'at link rate' && link !== undefined && rate !== undefined) {
			return {kind: 'link-rate', atSeconds, link, rateBitsPerSecond: rate};
		}
		if (said === 'at site workers' && site !== undefined && workers !== undefined) {
			return {kind: 'workers', atSeconds, site, workers};
		}
		if (said === 'at fault for site' && site !== undefined && fault === 'stalled' && forSeconds !== undefined) {
			return {kind: 'stall', atSeconds, site, forSeconds};
		}
		if (said === 'at fault site' && site !== undefined && fault === 'lost') {
			return {kind: 'site-lost', atSeconds, site};
		}
		const gatewayFault = gatewayFaults.find(one => one === fault);
		if (said === 'at fault site' && site !== undefined && gatewayFault !== undefined) {
			return {kind: 'gateway-fault', atSeconds, site, fault: gatewayFault};
		}
		context.addIssue({
			code: 'custom',
			message:
				'an event has, beside `at`, either link and rate, or site and workers, or site and fault; stalled has `for` as well',
		});
		return z.NEVER;
	});
