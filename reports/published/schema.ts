import {z} from 'zod';

/** What a paper printed, as data beside its scenarios: values with their tolerance, and claims of order, figure by figure. */

/** In the unit of the measure that stands beside it. */
const amount = z.number();

const share = z.number().gt(0).max(1);

/** One number of one draw: a measure of a variant, of all its streams or of a class of them, of all driving, an instant or a span. */
const selectorSchema = z.strictObject({
	variant: z.string(),
	measure: z.string(),
	minimumResolutionRatio: share.optional(),
	deadlineSeconds: z.number().positive().optional(),
	atSeconds: z.number().min(0).optional(),
	/** In place of an instant: the lowest of a span, where a paper tells the order of events and not their seconds. */
	lowestWithin: z
		.strictObject({fromSeconds: z.number().min(0), toSeconds: z.number().positive()})
		.refine(({fromSeconds, toSeconds}) => fromSeconds < toSeconds, 'a span ends after its beginning')
		.optional(),
});

const conditionSchema = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('value'), of: selectorSchema, printed: amount, tolerance: amount.min(0)}),
	/** Each is greater than the one before. */
	z.strictObject({kind: z.literal('rising'), of: z.array(selectorSchema).min(2)}),
	z.strictObject({kind: z.literal('gain'), from: selectorSchema, to: selectorSchema, atLeast: amount}),
]);

const claimSchema = z.strictObject({
	claim: z.string(),
	/** It is the paper’s own statement, or a check of ours on how it was read. */
	origin: z.enum(['printed', 'ours']),
	conditions: z.array(conditionSchema).min(1).describe('all of them hold in one and the same draw'),
	heldRatio: share.describe('the share of draws in which it is to hold'),
	intervalsApart: z
		.literal(true)
		.optional()
		.describe('what is rising is to have 95 % intervals that do not touch; where they do, the claim is not shown'),
	note: z.string().optional(),
});

export const publishedSchema = z.strictObject({
	paper: z.string(),
	authors: z.string(),
	title: z.string(),
	year: z.string(),
	figures: z.array(
		z.strictObject({
			figure: z.string(),
			scenario: z.string().describe('beside this file'),
			question: z.string(),
			claims: z.array(claimSchema).min(1),
		}),
	),
});

export type Published = z.output<typeof publishedSchema>;
export type PublishedClaim = z.output<typeof claimSchema>;
export type PublishedCondition = z.output<typeof conditionSchema>;
export type ValueSelector = z.output<typeof selectorSchema>;
