import {z} from 'zod';

export const measureUnits = ['count', 'ratio', 'B', 'bit/s', 'ms', 's', 'USD', 's/Gbit'] as const;
export type MeasureUnit = (typeof measureUnits)[number];

/** What a value is of. */
export const measureIdentity = {
	measure: z.string().describe('a name of docs/measures.md, for example latency.e2eMs.p99'),
	minimumResolutionRatio: z.number().min(0).max(1).nullable().describe('the class; null: all streams'),
	unit: z.enum(measureUnits),
};

export const measurementSchema = z.strictObject({
	...measureIdentity,
	value: z.number().nullable().describe('null: could not be measured; reason says why'),
	reason: z.string().optional(),
});

/** One measured value of one repeat. */
export type Measurement = z.output<typeof measurementSchema>;

/** The unit of a measure, from its name. */
export function unitOf(measure: string): MeasureUnit {
	const match = unitPatterns.find(([pattern]) => pattern.test(measure));
	return match ? match[1] : 'count';
}

const unitPatterns: ReadonlyArray<readonly [RegExp, MeasureUnit]> = [
	[/cpuSecondsPerGigabit$/, 's/Gbit'],
	[/Ratio$|^utilisation\.|^resolution\./, 'ratio'],
	[/bytesSaved$|Bytes$/, 'B'],
	[/bitsPerSecond$/, 'bit/s'],
	[/Ms\b/, 'ms'],
	[/\bseconds\b/, 's'],
	[/usdPer|Usd$|UsdPer/, 'USD'],
];
