import {accessSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';

/** The full path of a program, or nothing. The folders of the administrator are searched too: Debian leaves them out of a user's path. */
export function findProgram(name: string, searchPath = process.env.PATH ?? ''): string | undefined {
	return [...searchPath.split(delimiter).filter(folder => folder !== ''), '/usr/sbin', '/sbin', '/usr/bin', '/bin']
		.map(folder => join(folder, name))
		.find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
