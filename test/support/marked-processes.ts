import {readdirSync, readFileSync} from 'node:fs';
import {isRunning} from '#core/processes.ts';

/** The processes that inherited this entry of an environment (`NAME=value`): a program, and all that it started, however deep. */
export function markedProcesses(entry: string): ReadonlyArray<{readonly pid: number; readonly command: string}> {
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.filter(name => read(`/proc/${name}/environ`).split('\0').includes(entry) && isRunning(Number(name)))
		.map(name => ({pid: Number(name), command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ')}));
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		// It has ended meanwhile, or belongs to somebody else.
		return '';
	}
}
