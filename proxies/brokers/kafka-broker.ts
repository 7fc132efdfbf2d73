import type {Connection} from '@platformatic/kafka';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import type {Seconds} from '#core/units.ts';
import {connectToBroker, ledTopics} from '../transports/kafka-connection.ts';
import {kafkaLaunch} from './kafka-commands.ts';
import {requireJars} from './kafka-software.ts';
import {makeTopics} from './kafka-topics.ts';
import type {BrokerOptions, RunningBroker} from './running-broker.ts';
import {startServer} from './start-server.ts';

const patienceSeconds: Seconds = 0.5;

/**
 * Makes the folders and settings of a broker, formats its storage, starts it and waits until it answers. Rejects with TOOL_MISSING where there are
 * no jars of the version, with COMMAND_FAILED when the storage cannot be made, with NODE_LOST when it ends first, with TIMED_OUT when it is not
 * ready in time; then nothing runs.
 */
export async function startKafka(options: BrokerOptions<KafkaSetup>): Promise<RunningBroker> {
	const {setup, clock, signal, onLost} = options;
	const {site} = setup;
	if (setup.image === undefined) {
		requireJars(setup);
	}
	await using resources = new AsyncDisposableStack();
	const server = resources.use(await startServer(options, kafkaLaunch));
	await server.ready(() => answering(setup), signal);
	const connection = await connectToBroker(setup);
	resources.defer(() => connection.close());
	server.onLost(onLost);
	const kept = resources.move();
	return {
		pid: server.pid,
		makeTopics: topics => makeTopics(connection, {topics, site, clock, signal}),
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}

/** A broker that listens and does not serve yet keeps who asks waiting, sometimes for good: it is asked anew. */
async function answering(setup: KafkaSetup): Promise<true | undefined> {
	let connection: Connection | undefined;
	try {
		connection = await connectToBroker(setup, {limitSeconds: patienceSeconds});
		await ledTopics(connection, []);
		return true;
	} catch {
		// Nobody listens yet, or who listens does not answer yet: the next look will tell.
		return undefined;
	} finally {
		await connection?.close();
	}
}
