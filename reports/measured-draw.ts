import {z} from 'zod';
import {measurementSchema} from './measurement.ts';
import {chunkCounts} from './measures/chunks.ts';
import {measureVariantRun} from './measures.ts';
import type {VariantRun} from './run-data.ts';
import {type Found, valueAt} from './value-at.ts';

export const accountingSchema = z.strictObject({
	produced: z.int(),
	delivered: z.int(),
	lost: z.int(),
	corrupt: z.int(),
	underWay: z.int().describe('no word of them when the records end'),
	balanced: z.boolean().describe('produced = delivered + lost + corrupt + under way, each chunk with one fate'),
	problem: z.string().optional(),
});

/** What statistics are made of: one draw of one variant, measured. A line of `draws.ndjson`, for draws whose records were not kept. */
export const measuredDrawSchema = z.strictObject({
	variant: z.string(),
	repeat: z.int().min(0),
	/** Absent when its records end before the run did. */
	ended: z
		.strictObject({outcome: z.enum(['completed', 'interrupted', 'failed']), reason: z.string().optional()})
		.optional(),
	observedSeconds: z.number(),
	accounting: accountingSchema,
	measures: z.array(measurementSchema),
	/** Of each expectation of the variant's scenario that is about an instant, what was found there; by its place among all of them. */
	instants: z.record(z.string(), z.strictObject({value: z.number().optional(), reason: z.string().optional()})),
});

export type MeasuredDraw = z.output<typeof measuredDrawSchema>;

/** Measures a draw. */
export function measureDraw(run: VariantRun): MeasuredDraw {
	const {variant, repeat, ended, observedSeconds, scenario} = run;
	const instants = scenario.expect.flatMap((expectation, index): ReadonlyArray<readonly [string, Found]> => {
		const {atSeconds} = expectation;
		return atSeconds === undefined ? [] : [[String(index), valueAt(run, expectation, atSeconds)]];
	});
	return {
		variant,
		repeat,
		...(ended ? {ended: {outcome: ended.outcome, ...(ended.reason === undefined ? {} : {reason: ended.reason})}} : {}),
		observedSeconds,
		accounting: accountFor(run),
		measures: [...measureVariantRun(run)],
		instants: Object.fromEntries(instants),
	};
}

function accountFor(run: VariantRun): MeasuredDraw['accounting'] {
	const {produced, delivered, lost, corrupt, underWay, contradictory} = chunkCounts(run, null);
	const problems = [
		...(contradictory > 0 ? [`${contradictory} chunks have two fates, or a fate and no beginning`] : []),
		...(produced !== delivered + lost + corrupt + underWay
			? [`${produced} produced, but ${delivered} delivered + ${lost} lost + ${corrupt} corrupt + ${underWay} under way`]
			: []),
		...(underWay > 0 && run.ended?.outcome === 'completed'
			? [`the run went to its end, yet nothing is known of ${underWay} chunks`]
			: []),
	];
	const balance = {produced, delivered, lost, corrupt, underWay, balanced: problems.length === 0};
	return problems.length === 0 ? balance : {...balance, problem: problems.join('; ')};
}
