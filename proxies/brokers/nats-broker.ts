import {jetstreamManager} from '@nats-io/jetstream';
import type {NatsConnection} from '@nats-io/transport-node';
import type {NatsSetup} from '#core/control/broker-messages.ts';
import type {Seconds} from '#core/units.ts';
import {connectToNats} from '../transports/nats-connection.ts';
import {natsLaunch} from './nats-settings.ts';
import {findNats} from './nats-software.ts';
import {makeNatsStreams} from './nats-streams.ts';
import type {BrokerOptions, RunningBroker} from './running-broker.ts';
import {startServer} from './start-server.ts';

const patienceSeconds: Seconds = 0.5;

/**
 * Starts a NATS server and waits until its JetStream answers. Rejects with TOOL_MISSING, NODE_LOST when it ends first, and TIMED_OUT
 * when it is not ready in time; then nothing runs.
 */
export async function startNats(options: BrokerOptions<NatsSetup>): Promise<RunningBroker> {
	const {setup, signal, onLost} = options;
	await using resources = new AsyncDisposableStack();
	const server = resources.use(await startServer(options, one => natsLaunch(one, {server: findNats()})));
	const connection = await server.ready(() => answering(setup), signal);
	resources.defer(() => connection.close());
	server.onLost(onLost);
	const kept = resources.move();
	return {
		pid: server.pid,
		makeTopics: topics => makeNatsStreams(connection, {topics, setup}),
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}

async function answering(setup: NatsSetup): Promise<NatsConnection | undefined> {
	let connection: NatsConnection | undefined;
	try {
		connection = await connectToNats(setup, {limitSeconds: patienceSeconds});
		await (await jetstreamManager(connection, {timeout: patienceSeconds * 1000})).getAccountInfo();
		return connection;
	} catch {
		// Nobody listens yet, or who listens does not answer yet: the next look will tell.
		await connection?.close();
		return undefined;
	}
}
