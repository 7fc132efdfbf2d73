import {z} from 'zod';

/** The base data of a `throughput` series of a perfSONAR archive (esmond): each test's instant and its bits per second. */
export const esmondWindows = z
	.array(z.looseObject({ts: z.number(), val: z.number().min(0)}))
	.transform(points => points.map(({val}) => val));
