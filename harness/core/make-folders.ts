import {existsSync, mkdirSync} from 'node:fs';
import {dirname} from 'node:path';

/**
 * Makes a folder and those above it that are missing, one by one, and throws what the file system says of the first that it
 * refuses. (Node's own recursive way never returns where a parent exists and refuses with ENOENT, as in /proc.)
 */
export function makeFolders(path: string): void {
	const missing: string[] = [];
	for (let folder = path; !existsSync(folder); folder = dirname(folder)) {
		missing.push(folder);
	}
	for (const folder of missing.reverse()) {
		mkdirSync(folder);
	}
}
