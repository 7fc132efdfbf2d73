import {createWriteStream, type WriteStream} from 'node:fs';

/** A log that cannot be written is no reason to end a run. */
export function openLog(path: string): WriteStream {
	return createWriteStream(path, {flags: 'a'}).on('error', () => {});
}
