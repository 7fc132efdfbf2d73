import {judgeFigure} from '#reports/reproduction/judge-figure.ts';
import type {ReadingResult, SensitivityReading} from '#reports/reproduction/sensitivity-reading.ts';
import {simulateFigures} from './simulate-figures.ts';

/**
 * Holds the figures that a reading of the paper touches against draws under it, one reading after the other: their draws are
 * not kept, since all of them together would fill the memory.
 */
export async function drawReadings({
	readings,
	figures,
	onProgress,
	...draws
}: Omit<Parameters<typeof simulateFigures>[0], 'set'> & {
	readonly readings: readonly SensitivityReading[];
}): Promise<readonly ReadingResult[]> {
	const results: ReadingResult[] = [];
	for (const [index, reading] of readings.entries()) {
		const touched = figures.filter(({figure}) => reading.figures?.includes(figure) ?? true);
		const drawn = await simulateFigures({...draws, figures: touched, set: reading.set, onProgress: () => {}});
		results.push({reading, claims: drawn.flatMap(judgeFigure)});
		onProgress(`${index + 1} of ${readings.length} other readings drawn: ${reading.heading}`);
	}
	return results;
}
