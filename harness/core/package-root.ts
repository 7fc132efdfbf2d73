import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';

/** The folder of our own package.json: the same from the sources and from the bundle. */
export const packageRoot: string = findUpwards(import.meta.dirname);

function findUpwards(folder: string): string {
	if (existsSync(join(folder, 'package.json'))) {
		return folder;
	}
	const parent = dirname(folder);
	if (parent === folder) {
		throw new Error('no package.json stands above this file');
	}
	return findUpwards(parent);
}
