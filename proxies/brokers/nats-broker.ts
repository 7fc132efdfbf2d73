import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {jetstreamManager} from '@nats-io/jetstream';
import type {NatsConnection} from '@nats-io/transport-node';
import type {NatsSetup} from '#core/control/broker-messages.ts';
import type {Seconds} from '#core/units.ts';
import {connectToNats} from '../transports/nats-connection.ts';
import {natsSettings} from './nats-settings.ts';
import {findNats} from './nats-software.ts';
import {makeNatsStreams} from './nats-streams.ts';
import type {BrokerOptions, RunningBroker} from './running-broker.ts';
import {ServerProcess} from './server-process.ts';
import {makeStandFolders} from './stand-folders.ts';

const settingsFile = 'nats-server.conf';
const patienceSeconds: Seconds = 0.5;

/**
 * Starts a NATS server and waits until its JetStream answers. Rejects with TOOL_MISSING, NODE_LOST when it ends first, and TIMED_OUT
 * when it is not ready in time; then nothing runs.
 */
export async function startNats({setup, clock, signal, onLost}: BrokerOptions<NatsSetup>): Promise<RunningBroker> {
	const program = findNats();
	await makeStandFolders(setup, signal);
	const settings = join(setup.logFolder, settingsFile);
	writeFileSync(settings, natsSettings(setup));
	await using resources = new AsyncDisposableStack();
	const server = resources.use(new ServerProcess({stand: setup, clock, command: [program, '--config', settings]}));
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
