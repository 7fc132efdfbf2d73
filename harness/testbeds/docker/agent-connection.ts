import type {Duplex, Readable} from 'node:stream';
import type {ProgramCommand} from '#core/control/broker-messages.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {AgentCallName, AgentCalls, AgentReport} from './agent-messages.ts';

type Pending = {resolve(answer: never): void; reject(error: Error): void};

export type AgentListener = {
	event(program: string, event: NodeEvent): void;
	/** A program ended before it was told to. */
	lost(program: string, reason: string): void;
};

type Hello = Omit<Extract<AgentReport, {kind: 'hello'}>, 'kind'>;

/** The harness's end of a container's agent: asks it, and hears what the programs of the site say. */
export class AgentConnection {
	readonly #site: string;
	readonly #input: Duplex;
	readonly #listener: AgentListener;
	readonly #pending = new Map<number, Pending>();
	readonly #hello = Promise.withResolvers<Hello>();
	#calls = 0;
	#over: StreambedError | undefined;

	constructor({
		site,
		input,
		output,
		listener,
		onGarbage,
	}: {
		readonly site: string;
		readonly input: Duplex;
		readonly output: Readable;
		readonly listener: AgentListener;
		readonly onGarbage: (line: string) => void;
	}) {
		this.#site = site;
		this.#input = input;
		this.#listener = listener;
		this.#hello.promise.catch(() => {});
		input.on('error', () => {});
		readJsonLines<AgentReport>(output, message => this.#hear(message), {onGarbage});
	}

	/** What it says of itself when it is there; rejects when its container ends first. */
	get hello(): Promise<Hello> {
		return this.#hello.promise;
	}

	/** Asks for something; rejects with the agent's error, with NODE_LOST when its container has ended, or with the signal's reason. */
	async call<Name extends AgentCallName>(
		name: Name,
		request: AgentCalls[Name]['request'],
		signal?: AbortSignal,
	): Promise<AgentCalls[Name]['answer']> {
		if (this.#over) {
			throw this.#over;
		}
		signal?.throwIfAborted();
		const id = this.#calls++;
		const {promise, resolve, reject} = Promise.withResolvers<AgentCalls[Name]['answer']>();
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

	/** Its container has ended: nothing that was asked will be answered. */
	end(reason: string): void {
		this.#over ??= new StreambedError('NODE_LOST', `the container of ${this.#site} ended: ${reason}`);
		this.#hello.reject(this.#over);
		for (const {reject} of this.#pending.values()) {
			reject(this.#over);
		}
		this.#input.destroy();
	}

	#hear(message: AgentReport): void {
		switch (message.kind) {
			case 'hello':
				this.#hello.resolve(message);
				return;
			case 'answer':
				this.#pending.get(message.id)?.resolve(message.answer as never);
				return;
			case 'refusal': {
				const {id, code, message: text, hint} = message;
				this.#pending
					.get(id)
					?.reject(
						new StreambedError(code, `in the container of ${this.#site}: ${text}`, hint === undefined ? {} : {hint}),
					);
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
