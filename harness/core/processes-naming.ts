import {readdirSync, readFileSync} from 'node:fs';

/** The processes, this one left out, whose command line has this path in it: with a slash at its end, what lies below that folder. */
export function processesNaming(path: string): readonly number[] {
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
		.filter(name => commandLine(name).includes(path))
		.map(Number);
}

function commandLine(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
	} catch {
		// It has ended meanwhile.
		return '';
	}
}
