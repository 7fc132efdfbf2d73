import {readFile} from 'node:fs/promises';
import {z} from 'zod';
import {StreambedError} from '#core/errors.ts';
import type {ClaimResult} from './judge-figure.ts';

/** How else a paper could be read: what to change in its scenarios, and which of its figures that touches. */
const readingSchema = z.strictObject({
	heading: z.string().min(1).describe('a few words, for the head of a column'),
	meaning: z.string().min(1).describe('what is read otherwise than the scenarios do'),
	set: z.array(z.string()).min(1).describe('path=value, as --set takes it'),
	figures: z.array(z.string()).min(1).optional().describe('without it, all of them'),
});

const readingsSchema = z.strictObject({readings: z.array(readingSchema).min(1)});

export type SensitivityReading = z.output<typeof readingSchema>;

/** The claims of the figures that a reading touches, held against draws under it. */
export type ReadingResult = {readonly reading: SensitivityReading; readonly claims: readonly ClaimResult[]};

/** Reads the other readings that stand beside a paper's scenarios. Throws SCENARIO_INVALID with every mistake in them. */
export async function readSensitivityReadings(path: string): Promise<readonly SensitivityReading[]> {
	const parsed = readingsSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
	if (!parsed.success) {
		throw new StreambedError('SCENARIO_INVALID', `${path} is off: ${z.prettifyError(parsed.error)}`);
	}
	return parsed.data.readings;
}
