import type {Duplex, Readable} from 'node:stream';
import {StreambedError} from '#core/errors.ts';
import {type ProgramListener, RemoteConnection} from '../remote/remote-connection.ts';
import type {AgentCalls, AgentHello} from './agent-messages.ts';

export type AgentListener = ProgramListener;

/** An agent as those use it who do not care how it is reached. */
export type SiteAgent = Pick<AgentConnection, 'call' | 'send'>;

/** The harness's end of a container's agent: asks it, and hears what the programs of the site say. Rejects with NODE_LOST when it has ended. */
export class AgentConnection extends RemoteConnection<AgentCalls, AgentHello> {
	readonly #site: string;

	constructor({
		site,
		...options
	}: {
		readonly site: string;
		readonly input: Duplex;
		readonly output: Readable;
		readonly listener: AgentListener;
		readonly onGarbage: (line: string) => void;
	}) {
		super({...options, where: `in the container of ${site}`});
		this.#site = site;
	}

	/** Its container has ended: nothing that was asked will be answered. */
	end(reason: string): void {
		this.close(new StreambedError('NODE_LOST', `the container of ${this.#site} ended: ${reason}`));
	}
}
