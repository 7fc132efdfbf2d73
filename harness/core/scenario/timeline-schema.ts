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
	| {readonly kind: 'site-lost'; readonly atSeconds: Seconds; readonly site: string};

/** As its author writes it: `{at, link, rate}`, `{at, site, workers}` or `{at, site, fault: lost}`. */
export const timelineEventSchema = z
	.strictObject({
		at: quantity('duration'),
		link: nameSchema.optional(),
		rate: linkRate().optional().describe('of the link from then on'),
		site: nameSchema.optional(),
		workers: z.int().min(0).max(10_000).optional().describe('of the site from then on; those beyond are lost'),
		fault: z.enum(['lost']).optional().describe('lost: the program of the site is killed'),
	})
	.transform((written, context): TimelineEvent => {
		const {at: atSeconds, link, rate, site, workers, fault} = written;
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
		if (said === 'at fault site' && site !== undefined && fault !== undefined) {
			return {kind: 'site-lost', atSeconds, site};
		}
		context.addIssue({
			code: 'custom',
			message: 'an event has, beside `at`, either link and rate, or site and workers, or site and fault',
		});
		return z.NEVER;
	});
