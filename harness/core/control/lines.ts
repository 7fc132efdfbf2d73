import type {Readable} from 'node:stream';

/** Calls back for each whole line of a stream that is not empty; `onEnd` when the stream is over. What follows the last line end is no line. */
export function readLines(stream: Readable, onLine: (line: string) => void, onEnd: () => void = () => {}): void {
	let rest = '';
	stream.setEncoding('utf8');
	stream.on('data', (text: string) => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) {
			if (line !== '') {
				onLine(line);
			}
		}
	});
	stream.once('end', onEnd);
}
