import type {ChannelModel} from 'amqplib';
import type {RabbitmqSetup} from '#core/control/broker-messages.ts';
import type {Seconds} from '#core/units.ts';
import {closeRabbitmq, connectToRabbitmq} from '../transports/rabbitmq-connection.ts';
import {makeRabbitmqQueues} from './rabbitmq-queues.ts';
import {rabbitmqLaunch} from './rabbitmq-settings.ts';
import {findRabbitmq} from './rabbitmq-software.ts';
import type {BrokerOptions, RunningBroker} from './running-broker.ts';
import {startServer} from './start-server.ts';

const patienceSeconds: Seconds = 2;

/**
 * Starts a RabbitMQ server, with a port mapper of its own, and waits until it answers. Rejects with TOOL_MISSING, NODE_LOST when it ends
 * first, and TIMED_OUT when it is not ready in time; then nothing runs.
 */
export async function startRabbitmq(options: BrokerOptions<RabbitmqSetup>): Promise<RunningBroker> {
	const {setup, signal, onLost} = options;
	await using resources = new AsyncDisposableStack();
	const server = resources.use(await startServer(options, one => rabbitmqLaunch(one, findRabbitmq())));
	const connection = await server.ready(() => answering(setup), signal);
	resources.defer(() => closeRabbitmq(connection));
	server.onLost(onLost);
	const kept = resources.move();
	return {
		pid: server.pid,
		makeTopics: topics => makeRabbitmqQueues(connection, {topics, setup}),
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}

async function answering(setup: RabbitmqSetup): Promise<ChannelModel | undefined> {
	try {
		return await connectToRabbitmq(setup, {limitSeconds: patienceSeconds});
	} catch {
		// Nobody listens yet, or who listens does not answer yet: the next look will tell.
		return undefined;
	}
}
