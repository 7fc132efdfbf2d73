import {rename, rm, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {makeFolders} from '../make-folders.ts';
import {writeError} from './write-error.ts';

/**
 * Writes a whole file, and the folders above it that are missing: a reader sees the old file or the new one.
 *
 * @throws StreambedError DISK_FULL or OUT_REFUSED, with `hint` in place of the one that names --out
 */
export async function writeFileWithFolder(
	path: string,
	content: string | Uint8Array | Iterable<string>,
	hint?: string,
): Promise<void> {
	const next = `${path}.next`;
	try {
		makeFolders(dirname(path));
		await writeFile(next, content);
		await rename(next, path);
	} catch (cause) {
		await rm(next, {force: true}).catch(() => {});
		throw writeError(`writing ${path}`, cause, hint);
	}
}
