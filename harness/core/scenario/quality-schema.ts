import {z} from 'zod';

const signedSeconds = z.string().regex(/^-?[0-9]+(\.[0-9]+)?s$/, 'seconds with their unit and sign, for example -1s');

/** One row of Table I of zamani2018: by how many points a stream's resolution changes when it is early (+) or late (−) by so much. */
const qualityStep = z
	.strictObject({
		condition: z.string(),
		above: signedSeconds.optional().describe('holds where planned − actual arrival is greater than this'),
		from: signedSeconds.optional().describe('holds where planned − actual arrival is this or greater'),
		points: z.number().min(-100).max(100),
	})
	.refine(({above, from}) => above === undefined || from === undefined, {
		message: 'a row has `above` or `from`, not both',
	})
	.transform(({condition, above, from, points}) => {
		const bound = above ?? from;
		return {
			condition,
			/** `null` is the last row: whatever is left. */
			boundSeconds: bound === undefined ? null : Number.parseFloat(bound),
			boundIncluded: from !== undefined,
			changeRatio: points / 100,
		};
	});

/** How a stream's resolution follows its punctuality. */
export const qualitySchema = z
	.strictObject({
		steps: z
			.array(qualityStep)
			.min(1)
			.prefault([
				{condition: 'very early', above: '2s', points: 5},
				{condition: 'early', above: '1s', points: 2},
				{condition: 'on time', from: '0s', points: 0},
				{condition: 'late', from: '-1s', points: -5},
				{condition: 'critically late', points: -10},
			])
			.describe('the first row that holds is taken'),
		missesBeforeStop: z
			.int()
			.min(1)
			.max(1000)
			.default(3)
			.describe('deadlines missed in a row, at minimum resolution, after which a stream is stopped'),
		checks: z
			.enum(['delivery', 'each-stage'])
			.default('delivery')
			.describe(
				'where a chunk is held against its planned arrival; each-stage: also where stages stand, and a decrease holds for the chunk itself on its way on (simulated testbed only)',
			),
		producerReduces: z
			.boolean()
			.default(false)
			.describe('whether the producer sends chunks at the current resolution, not raw ones (simulated testbed only)'),
	})
	.prefault({});
