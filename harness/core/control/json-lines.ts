import type {Readable, Writable} from 'node:stream';
import {readLines} from './lines.ts';

/** Calls back for each whole line of a stream that parses as JSON; `onEnd` when the stream is over. */
export function readJsonLines<Message>(
	stream: Readable,
	onMessage: (message: Message) => void,
	{onEnd, onGarbage}: {readonly onEnd?: () => void; readonly onGarbage?: (line: string) => void} = {},
): void {
	const hear = (line: string) => {
		let message: Message;
		try {
			message = JSON.parse(line) as Message;
		} catch (error) {
			if (!onGarbage) {
				throw error;
			}
			onGarbage(line);
			return;
		}
		onMessage(message);
	};
	readLines(stream, hear, onEnd);
}

/** Writes one JSON object as a line. */
export function writeJsonLine(stream: Writable, message: unknown): void {
	stream.write(`${JSON.stringify(message)}\n`);
}
