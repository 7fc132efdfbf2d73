import {z} from 'zod';
import {verdicts} from '#core/records/run-document.ts';
import {accountingSchema} from './measured-draw.ts';
import {measureIdentity, measurementSchema} from './measurement.ts';

const estimateSchema = z.strictObject({
	...measureIdentity,
	mean: z.number().nullable(),
	intervalLow: z.number().nullable().describe('95 % confidence interval of the mean; null with fewer than two repeats'),
	intervalHigh: z.number().nullable(),
	count: z.int().min(0).describe('repeats that have a value'),
	reason: z.string().optional(),
});

const repeatSchema = z.strictObject({
	repeat: z.int().min(0),
	verdict: z.enum(verdicts).nullable().describe('null: the run ended before there was one'),
	counted: z.boolean().describe('takes part in the statistics: ran to its end, and is not invalid'),
	whyNot: z.string().optional(),
	observedSeconds: z.number().describe('scenario seconds of driving that were seen'),
	accounting: accountingSchema,
	measures: z.array(measurementSchema),
});

/** `summary.json`: the measures by variant and repeat, and over the repeats. */
export const summarySchema = z.strictObject({
	format: z.literal(1),
	runId: z.string().optional().describe('left out of a simulation: the same seed gives the same file'),
	scenario: z.string(),
	title: z.string(),
	testbed: z.string(),
	seed: z.int(),
	timeScale: z.number(),
	status: z.enum(['running', 'completed', 'interrupted', 'failed']),
	verdict: z.enum(verdicts).nullable(),
	records: z.strictObject({count: z.int(), cutShort: z.boolean()}),
	variants: z.array(
		z.strictObject({
			variant: z.string(),
			trusted: z
				.boolean()
				.describe('false: no repeat counts; the estimates are over all repeats, to be shown, not used'),
			repeats: z.array(repeatSchema),
			measures: z.array(estimateSchema),
		}),
	),
});

export type Summary = z.output<typeof summarySchema>;
export type VariantSummary = Summary['variants'][number];
export type RepeatSummary = VariantSummary['repeats'][number];
export type EstimatedMeasure = VariantSummary['measures'][number];
