import {mkdtempSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import {makeFolders} from '../make-folders.ts';
import {writeError} from './write-error.ts';

/**
 * Makes a folder and finds out whether something can be put into it, before hours are spent on what goes there.
 *
 * @throws StreambedError DISK_FULL or OUT_REFUSED
 */
export function requireFolder(path: string): void {
	try {
		makeFolders(path);
		rmdirSync(mkdtempSync(join(path, '.try-')));
	} catch (cause) {
		throw writeError(`making the folder ${path}`, cause);
	}
}
