import {z} from 'zod';

const instant = z.number();
const rate = z.number().min(0);

/** The base data of a `throughput` series of a perfSONAR archive (esmond): each test's instant and its bits per second. */
export const esmondWindows = z
	.array(z.looseObject({ts: instant, val: rate}))
	.transform(points => points.map(({val}) => val));
