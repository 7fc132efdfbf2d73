import type {Readable} from 'node:stream';

/** Keeps the last lines that a program wrote, for the day it ends without a word. */
export class LastLines {
	#text = '';

	constructor(stream: Readable) {
		stream.setEncoding('utf8').on('data', (text: string) => this.add(text));
	}

	add(text: string): void {
		this.#text = (this.#text + text).slice(-charactersKept);
	}

	toString(): string {
		const lines = this.#text.split('\n').filter(line => line.trim() !== '' && !isStackFrame(line));
		return lines.slice(-linesShown).join(' | ');
	}
}

const charactersKept = 4000;
const linesShown = 8;

/** Where in the code it happened would push out of sight what happened. */
const isStackFrame = (line: string): boolean => /^\s+at /.test(line);
