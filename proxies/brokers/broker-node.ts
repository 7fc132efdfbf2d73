import assert from 'node:assert/strict';
import type {BrokerCommand, BrokerSetup} from '#core/control/broker-messages.ts';
import {type NodeContext, type NodeProgram, runNodeProgram} from '#core/control/node-program.ts';
import type {RunningBroker} from './running-broker.ts';
import {startBroker} from './start-broker.ts';

/** The program that keeps a site's broker: starts it, makes its topics, and ends with it. */
class BrokerNode implements NodeProgram<BrokerCommand> {
	readonly #context: NodeContext;
	readonly #leaving = new AbortController();
	#broker: RunningBroker | undefined;

	constructor(context: NodeContext) {
		this.#context = context;
	}

	async handle(command: Exclude<BrokerCommand, {kind: 'exit'}>): Promise<void> {
		switch (command.kind) {
			case 'setup-broker':
				return this.#setUp(command.setup);
			case 'make-topics':
				assert(this.#broker, 'topics are made at a broker that is ready');
				await this.#broker.makeTopics(command.topics);
				this.#context.say({kind: 'topics-made', id: command.id});
				return;
			default:
				command satisfies never;
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#leaving.abort();
		await this.#broker?.[Symbol.asyncDispose]();
	}

	async #setUp(setup: BrokerSetup): Promise<void> {
		const {clock, say, fail} = this.#context;
		const beganNs = clock.nowNs();
		this.#broker = await startBroker({setup, clock, signal: this.#leaving.signal, onLost: fail});
		say({kind: 'set-up', seconds: Number(clock.nowNs() - beganNs) / 1e9});
	}
}

runNodeProgram<BrokerCommand>(context => new BrokerNode(context));
