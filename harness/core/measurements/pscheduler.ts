import {z} from 'zod';

const rate = z.number().min(0);

/** The result of a pScheduler `throughput` test: every interval that was not omitted, summed over its streams. */
export const pschedulerWindows = z
	.looseObject({
		succeeded: z.boolean(),
		error: z.string().nullish(),
		intervals: z
			.array(
				z.looseObject({
					summary: z.looseObject({'throughput-bits': rate, omitted: z.boolean().optional()}),
				}),
			)
			.default([]),
	})
	.superRefine(({succeeded, error}, context) => {
		if (!succeeded) {
			context.addIssue({
				code: 'custom',
				path: ['succeeded'],
				message: `the test failed: ${error ?? 'no reason given'}`,
			});
		}
	})
	.transform(({intervals}) =>
		intervals.filter(({summary}) => summary.omitted !== true).map(({summary}) => summary['throughput-bits']),
	);
