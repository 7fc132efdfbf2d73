import {StreambedError} from '#core/errors.ts';
import type {MonotonicNs} from '#core/units.ts';
import type {AgentListener} from '../docker/agent-connection.ts';
import {RemoteConnection} from '../remote/remote-connection.ts';
import type {SwarmAgentCalls, SwarmAgentHello} from './agent-messages.ts';
import type {SwitchboardMember} from './switchboard/member-channel.ts';
import {translateInstants} from './translate-instants.ts';

/** An agent as those use it who do not care about its clock. */
export type SwarmSiteAgent = Pick<SwarmAgentConnection, 'call' | 'send'>;

/** The harness's end of the agent of a service, through the switchboard. Instants are as the site's own clock has them. */
export class SwarmAgentConnection extends RemoteConnection<SwarmAgentCalls, SwarmAgentHello> {
	readonly #site: string;

	constructor({
		site,
		member: {input, output},
		listener,
		onGarbage,
	}: {
		readonly site: string;
		readonly member: SwitchboardMember;
		readonly listener: AgentListener;
		readonly onGarbage: (line: string) => void;
	}) {
		super({input, output, listener, onGarbage, where: `in the container of ${site}`});
		this.#site = site;
	}

	/** Its container has ended, or cannot be reached: nothing that was asked will be answered. */
	end(reason: string): void {
		this.close(new StreambedError('NODE_LOST', `the container of ${this.#site} ended: ${reason}`));
	}

	/** The same agent for those who know only the harness's clock, which is ahead of the site's by an offset. */
	onHarnessClock(offsetNs: MonotonicNs): SwarmSiteAgent {
		return {
			call: async (name, request, signal) =>
				translateInstants(await this.call(name, translateInstants(request, -offsetNs), signal), offsetNs),
			send: (program, command) => this.send(program, translateInstants(command, -offsetNs)),
		};
	}
}
