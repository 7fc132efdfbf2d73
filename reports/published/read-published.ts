import {readFile} from 'node:fs/promises';
import {z} from 'zod';
import {StreambedError} from '#core/errors.ts';
import {type Published, publishedSchema} from './schema.ts';

/** Reads the published values that stand beside a paper's scenarios. Throws SCENARIO_INVALID with every mistake in them. */
export async function readPublished(path: string): Promise<Published> {
	const parsed = publishedSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
	if (!parsed.success) {
		throw new StreambedError('SCENARIO_INVALID', `${path} is off: ${z.prettifyError(parsed.error)}`);
	}
	return parsed.data;
}
