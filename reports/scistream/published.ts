import {readFile} from 'node:fs/promises';
import {z} from 'zod';
import {measureUnits} from '../measurement.ts';

/** What others published of the same question, on machines and links of their own. */
export const publishedWaysSchema = z.strictObject({
	source: z.string(),
	values: z.array(
		z.strictObject({
			way: z.string().describe('a data server, or any'),
			what: z.enum(['throughput', 'set-up', 'overhead against plain proxies']),
			unit: z.enum(measureUnits),
			value: z.number(),
			note: z.string(),
		}),
	),
});

export type PublishedWays = z.output<typeof publishedWaysSchema>;

export async function readPublishedWays(path: string): Promise<PublishedWays> {
	return publishedWaysSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}
