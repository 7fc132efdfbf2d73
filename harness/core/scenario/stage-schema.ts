import {z} from 'zod';
import {nameSchema} from './name-schema.ts';
import {quantity} from './quantity-schema.ts';
import {stageWorks} from './stage-works.ts';

/** One stage of every stream: what a worker takes for it, and what comes out of it. */
export const stageSchema = z
	.strictObject({
		name: nameSchema,
		service: quantity('duration', {max: 86_400}).describe('time that a worker of speed 1 holds a chunk'),
		output: quantity('share', {max: 100})
			.optional()
			.describe('size of what comes out, as a share of the image at the chunk’s resolution; 100% without it'),
		outputFixed: quantity('size', {min: 1, max: 1e9})
			.optional()
			.describe('in place of output: the same size at every resolution'),
		work: z
			.enum(['emulated', 'measured'])
			.default('emulated')
			.describe(
				`emulated: a worker is held for the service time, and the first stage really reduces the image; measured: what the stage is named for (${stageWorks.join(', ')}) is really done within it`,
			),
	})
	.refine(({output, outputFixed}) => output === undefined || outputFixed === undefined, {
		message: 'a stage has output or outputFixed, not both',
	})
	.transform(({name, service, output, outputFixed, work}) => ({
		name,
		serviceSeconds: service,
		output:
			outputFixed === undefined
				? {kind: 'share' as const, ratio: output ?? 1}
				: {kind: 'fixed' as const, bytes: outputFixed},
		work,
	}));

export type Stage = z.output<typeof stageSchema>;
