import {PassThrough, type Readable, Writable} from 'node:stream';
import {frameText} from './frame.ts';

/** A member of a switchboard as the harness has it: lines to it, lines from it. */
export type SwitchboardMember = {
	readonly name: string;
	/** Whole lines. Destroying it ends the connection of the member. */
	readonly input: Writable;
	readonly output: Readable;
	/** Resolves with the reason when the member is gone. */
	readonly left: Promise<string>;
};

/** The harness's side of one member: cuts what is written to it into lines, each with the name of whom it is for. */
export class MemberChannel implements SwitchboardMember {
	readonly name: string;
	readonly input: Writable;
	readonly output = new PassThrough();
	readonly left: Promise<string>;
	readonly #left = Promise.withResolvers<string>();

	constructor({
		name,
		send,
		dismiss,
	}: {
		readonly name: string;
		/** Takes frames, as text. */
		readonly send: (frames: string) => void;
		readonly dismiss: () => void;
	}) {
		this.name = name;
		this.left = this.#left.promise;
		let rest = '';
		this.input = new Writable({
			decodeStrings: false,
			write: (text: string | Buffer, _encoding, done) => {
				const lines = (rest + text.toString()).split('\n');
				rest = lines.pop() ?? '';
				send(lines.map(line => frameText({member: name, line})).join(''));
				done();
			},
			destroy: (error, done) => {
				dismiss();
				done(error);
			},
		});
	}

	hear(line: string): void {
		this.output.write(`${line}\n`);
	}

	/** The member is gone. */
	end(reason: string): void {
		this.#left.resolve(reason);
		this.output.end();
	}
}
