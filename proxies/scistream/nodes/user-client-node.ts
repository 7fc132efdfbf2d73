import assert from 'node:assert/strict';
import {type NodeContext, type NodeProgram, runNodeProgram} from '#core/control/node-program.ts';
import type {UserClientCommand, UserClientSetup} from '#core/control/tunnel-messages.ts';
import type {Seconds} from '#core/units.ts';
import {ControlConnection} from '../control-connection.ts';
import {parseEndpoint} from '../endpoint.ts';
import {freshUid} from '../fresh-uid.ts';
import {setUpBoth} from '../set-up-both.ts';

type OpenSession = {readonly uid: string; readonly inbound: ControlConnection; readonly outbound: ControlConnection};

/** The user client beside the consumer: sets up a session for each stream, by calls that cross the links as all else does. */
class UserClient implements NodeProgram<UserClientCommand> {
	readonly #context: NodeContext;
	readonly #leaving = new AbortController();
	readonly #sessions = new Map<string, OpenSession>();
	#setup: UserClientSetup | undefined;

	constructor(context: NodeContext) {
		this.#context = context;
	}

	async handle(command: Exclude<UserClientCommand, {kind: 'exit'}>): Promise<void> {
		switch (command.kind) {
			case 'setup-client':
				this.#setup = command.setup;
				this.#context.say({kind: 'set-up', seconds: 0});
				return;
			case 'open-session':
				// Sessions are set up side by side, as users would.
				void this.#open(command);
				return;
			case 'close-session':
				void this.#close(command.stream);
				return;
			default:
				command satisfies never;
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#leaving.abort();
		for (const {inbound, outbound} of this.#sessions.values()) {
			inbound[Symbol.dispose]();
			outbound[Symbol.dispose]();
		}
	}

	async #open({stream, token, target}: Extract<UserClientCommand, {kind: 'open-session'}>): Promise<void> {
		const {clock, say} = this.#context;
		assert(this.#setup, 'the setup comes before the first session');
		const {inbound: inboundAt, outbound: outboundAt, callSeconds} = this.#setup;
		const connect = (address: string) => this.#connect(address, {token, callSeconds});
		const [inbound, outbound] = [connect(inboundAt), connect(outboundAt)];
		const uid = freshUid();
		this.#sessions.set(stream, {uid, inbound, outbound});
		const beganNs = clock.nowNs();
		try {
			const setup = await setUpBoth({
				producer: inbound,
				consumer: outbound,
				uid,
				connectionCount: 1,
				rateMegabitsPerSecond: 0,
				targets: [target],
				signal: this.#leaving.signal,
			});
			say({
				kind: 'session-opened',
				stream,
				inboundListener: setup.inbound.listeners[0] ?? '',
				outboundListener: setup.outbound.listeners[0] ?? '',
				steps: {
					wholeMs: Number(clock.nowNs() - beganNs) / 1e6,
					inbound: setup.inbound.steps,
					outbound: setup.outbound.steps,
				},
			});
		} catch (error) {
			say({kind: 'session-refused', stream, message: error instanceof Error ? error.message : String(error)});
		}
	}

	async #close(stream: string): Promise<void> {
		const {say} = this.#context;
		const session = this.#sessions.get(stream);
		if (!session) {
			return;
		}
		this.#sessions.delete(stream);
		const {uid, inbound, outbound} = session;
		const {signal} = this.#leaving;
		try {
			const {forward_bytes: forwardBytes, backward_bytes: backwardBytes, restarts} = await inbound.status(uid, signal);
			say(
				forwardBytes === undefined || backwardBytes === undefined
					? {kind: 'session-refused', stream, message: 'its data server cannot tell what it carried'}
					: {kind: 'session-closed', stream, forwardBytes, backwardBytes, restartCount: restarts},
			);
			await Promise.all([inbound.release({uid}, signal), outbound.release({uid}, signal)]);
		} catch (error) {
			say({kind: 'session-refused', stream, message: error instanceof Error ? error.message : String(error)});
		} finally {
			inbound[Symbol.dispose]();
			outbound[Symbol.dispose]();
		}
	}

	#connect(address: string, options: {readonly token: string; readonly callSeconds: Seconds}): ControlConnection {
		const server = parseEndpoint(address);
		assert(server, `${address} is no address of a control server`);
		return new ControlConnection({...options, server, clock: this.#context.clock});
	}
}

runNodeProgram<UserClientCommand>(context => new UserClient(context));
