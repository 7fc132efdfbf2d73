import {z} from 'zod';

const rate = z.number().min(0);

/**
 * `iperf3 -J`: the throughput of every interval that was not omitted (`-O`), summed over its parallel streams; payload of TCP
 * or UDP, without headers. A report of a run that failed carries `error` and is none.
 */
export const iperf3Windows = z
	.looseObject({
		error: z.string().optional(),
		intervals: z.array(
			z.looseObject({
				sum: z.looseObject({bits_per_second: rate, omitted: z.boolean().optional()}),
			}),
		),
	})
	.superRefine(({error}, context) => {
		if (error !== undefined) {
			context.addIssue({code: 'custom', path: ['error'], message: `iperf3 says: ${error}`});
		}
	})
	.transform(({intervals}) => intervals.filter(({sum}) => sum.omitted !== true).map(({sum}) => sum.bits_per_second));
