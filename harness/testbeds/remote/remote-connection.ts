import type {Readable, Writable} from 'node:stream';
import type {ProgramCommand} from '#core/control/broker-messages.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {CallTable, NameOf, RemoteReport} from './messages.ts';

type Pending = {resolve(answer: never): void; reject(error: Error): void};

export type ProgramListener = {
	event(program: string, event: NodeEvent): void;
	/** A program ended before it was told to. */
	lost(program: string, reason: string): void;
};

export type RemoteConnectionOptions = {
	/** What it reads, and what it writes. */
	readonly input: Writable;
	readonly output: Readable;
	readonly listener: ProgramListener;
	/** A line of its output that is no message. */
	readonly onGarbage: (line: string) => void;
	/** Begins the message of every refusal. */
	readonly where?: string;
};

/** The harness's end of the connection to a program that runs others: asks it, and hears what they say. */
export class RemoteConnection<Calls extends CallTable, Hello extends object> {
	readonly #input: Writable;
	readonly #listener: ProgramListener;
	readonly #where: string;
	readonly #pending = new Map<number, Pending>();
	readonly #hello = Promise.withResolvers<Hello>();
	#calls = 0;
	#over: StreambedError | undefined;

	constructor({input, output, listener, onGarbage, where}: RemoteConnectionOptions) {
		this.#input = input;
		this.#listener = listener;
		this.#where = where === undefined ? '' : `${where}: `;
		this.#hello.promise.catch(() => {});
		input.on('error', () => {});
		readJsonLines<RemoteReport<Calls, Hello>>(output, message => this.#hear(message), {onGarbage});
	}

	/** What it says of itself when it is there; rejects when it ends first. */
	get hello(): Promise<Hello> {
		return this.#hello.promise;
	}

	/** Asks for something; rejects with the far end's error, with why that has ended, or with the signal's reason. */
	async call<Name extends NameOf<Calls>>(
		name: Name,
		request: Calls[Name]['request'],
		signal?: AbortSignal,
	): Promise<Calls[Name]['answer']> {
		if (this.#over) {
			throw this.#over;
		}
		signal?.throwIfAborted();
		const id = this.#calls++;
		const {promise, resolve, reject} = Promise.withResolvers<Calls[Name]['answer']>();
		this.#pending.set(id, {resolve, reject});
		const cancel = () => {
			writeJsonLine(this.#input, {kind: 'cancel', id});
			reject(signal?.reason);
		};
		signal?.addEventListener('abort', cancel, {once: true});
		writeJsonLine(this.#input, {kind: 'call', id, name, request});
		try {
			return await promise;
		} finally {
			this.#pending.delete(id);
			signal?.removeEventListener('abort', cancel);
		}
	}

	send(program: string, command: ProgramCommand): void {
		if (!this.#over) {
			writeJsonLine(this.#input, {kind: 'command', program, command});
		}
	}

	/** It is gone: nothing that was asked will be answered. */
	close(why: StreambedError): void {
		this.#over ??= why;
		this.#hello.reject(this.#over);
		for (const {reject} of this.#pending.values()) {
			reject(this.#over);
		}
		this.#input.destroy();
	}

	#hear(message: RemoteReport<Calls, Hello>): void {
		switch (message.kind) {
			case 'hello':
				this.#hello.resolve(message);
				return;
			case 'answer':
				this.#pending.get(message.id)?.resolve(message.answer as never);
				return;
			case 'refusal': {
				const {id, code, message: text, hint} = message;
				const error = new StreambedError(code, `${this.#where}${text}`, hint === undefined ? {} : {hint});
				this.#pending.get(id)?.reject(error);
				return;
			}
			case 'event':
				this.#listener.event(message.program, message.event);
				return;
			case 'lost':
				this.#listener.lost(message.program, message.reason);
				return;
			default:
				message satisfies never;
		}
	}
}
