import {z} from 'zod';
import {nameSchema as name} from './name-schema.ts';
import {quantity} from './quantity-schema.ts';

/** What a scenario expects of a measure. */
export const expectationSchema = z
	.strictObject({
		variant: name.optional(),
		measure: z.string(),
		where: z.strictObject({minimumResolution: quantity('share').optional()}).optional(),
		at: quantity('duration').optional().describe('for measures over time'),
		equals: z.number().optional(),
		atLeast: z.number().optional(),
		atMost: z.number().optional(),
	})
	.refine(({equals, atLeast, atMost}) => [equals, atLeast, atMost].some(bound => bound !== undefined), {
		message: 'an expectation needs one of equals, atLeast, atMost',
	})
	.transform(({where, at, ...rest}) => ({
		...rest,
		minimumResolutionRatio: where?.minimumResolution,
		atSeconds: at,
	}));
