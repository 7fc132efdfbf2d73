import {readFileSync} from 'node:fs';

/** The end of a log in one line: its last warnings and errors, or its last lines where it has none. Stack frames are left out. */
export function lastLogLines(path: string): string {
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
	const lines = text.split('\n').filter(line => line.trim() !== '' && !/^\s+at |^\s*\.\.\. \d+ more/.test(line));
	const grave = lines.filter(line => / (?:ERROR|FATAL) |Error|Exception/.test(line));
	const last = (grave.length > 0 ? grave : lines).slice(-linesShown);
	return last.map(line => line.trim()).join(' | ') || 'it has written none yet';
}

const linesShown = 5;
