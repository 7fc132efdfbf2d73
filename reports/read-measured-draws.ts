import {createReadStream, existsSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {StreambedError} from '#core/errors.ts';
import {type MeasuredDraw, measuredDrawSchema} from './measured-draw.ts';

/**
 * The draws of a run folder whose records were not kept; none where all were. A last line that is cut short is what a killed run
 * leaves, and is left out.
 *
 * @throws StreambedError RUN_FOLDER_INVALID for another line that is no measured draw.
 */
export async function readMeasuredDraws(folder: string): Promise<readonly MeasuredDraw[]> {
	const path = join(folder, 'draws.ndjson');
	if (!existsSync(path)) {
		return [];
	}
	const draws: MeasuredDraw[] = [];
	let unreadable: StreambedError | undefined;
	for await (const line of createInterface({input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY})) {
		if (unreadable) {
			throw unreadable;
		}
		try {
			draws.push(measuredDrawSchema.parse(JSON.parse(line)));
		} catch (cause) {
			unreadable = new StreambedError(
				'RUN_FOLDER_INVALID',
				`reading ${path}: line ${draws.length + 1} is no measured draw`,
				{hint: 'only the last line of a run may be cut short; take the file from the run again', cause},
			);
		}
	}
	return draws;
}
