import type {Readable, Writable} from 'node:stream';

/** Calls back for each whole line of a stream that parses as JSON; `onEnd` when the stream is over. */
export function readJsonLines<Message>(
	stream: Readable,
	onMessage: (message: Message) => void,
	{onEnd = () => {}, onGarbage}: {readonly onEnd?: () => void; readonly onGarbage?: (line: string) => void} = {},
): void {
	let rest = '';
	stream.setEncoding('utf8');
	stream.on('data', (text: string) => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) {
			if (line === '') {
				continue;
			}
			let message: Message;
			try {
				message = JSON.parse(line) as Message;
			} catch (error) {
				if (!onGarbage) {
					throw error;
				}
				onGarbage(line);
				continue;
			}
			onMessage(message);
		}
	});
	stream.once('end', onEnd);
}

/** Writes one JSON object as a line. */
export function writeJsonLine(stream: Writable, message: unknown): void {
	stream.write(`${JSON.stringify(message)}\n`);
}
