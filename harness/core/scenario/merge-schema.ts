import {z} from 'zod';

/** Whether requests for the same share a stream. */
export const mergeSchema = z
	.boolean()
	.default(false)
	.describe(
		'requests for the same source share one stream up to the consumer, where each gets a copy; needs workload.sources',
	);

/** How many different things there are to ask for. */
export const sourcesSchema = z
	.int()
	.min(1)
	.max(1_000_000)
	.optional()
	.describe(
		'how many sources the producer has; each request asks for one of them, drawn evenly. Without it, each asks for data of its own',
	);
