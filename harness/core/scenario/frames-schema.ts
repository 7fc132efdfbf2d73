import {z} from 'zod';
import {quantity} from './quantity-schema.ts';

/** What moves through the camera's picture. */
const targetsSchema = z
	.strictObject({
		count: z.int().min(1).max(1000).default(6),
		radius: z
			.tuple([quantity('share', {min: 1e-4, max: 0.5}), quantity('share', {min: 1e-4, max: 0.5})])
			.prefault(['2%', '6%'])
			.describe('the least and the greatest that one has along an axis, as a share of the side of the picture'),
	})
	.refine(({radius: [least, greatest]}) => least <= greatest, {
		message: 'the least radius is greater than the greatest',
		path: ['radius'],
	})
	.transform(({count, radius: [leastRadiusRatio, greatestRadiusRatio]}) => ({
		count,
		leastRadiusRatio,
		greatestRadiusRatio,
	}))
	.prefault({});

/** The images that a producer sends. */
export const framesSchema = z
	.strictObject({
		encoding: z.enum(['raw', 'jpeg']).default('raw').describe('raw: 8-bit grey, one byte a pixel'),
		jpegQuality: z.int().min(1).max(100).default(90),
		distinct: z.int().min(1).max(1000).default(8).describe('frames made before driving, then sent round and round'),
		folder: z
			.string()
			.optional()
			.describe('the user’s own images in place of the camera, relative to the scenario file'),
		targets: targetsSchema.describe('soft bright ellipses that the camera sees, and that stages can look for'),
	})
	.prefault({});
