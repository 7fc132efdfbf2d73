import {accessSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';

/**
 * The full path of a program of the system, or nothing. The folders of the administrator are searched too: Debian leaves them out of
 * a user's path. Those of npm packages are not: npm puts them first, and one of them has a program named `nft`, too.
 */
export function findProgram(name: string, searchPath = process.env.PATH ?? ''): string | undefined {
	const folders = searchPath.split(delimiter).filter(folder => folder !== '' && !folder.endsWith('node_modules/.bin'));
	return [...folders, '/usr/sbin', '/sbin', '/usr/bin', '/bin'].map(folder => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
