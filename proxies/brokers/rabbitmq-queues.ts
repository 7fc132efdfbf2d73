import type {ChannelModel} from 'amqplib';
import type {RabbitmqSetup} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {queueError} from '../transports/queue-error.ts';

/**
 * Makes a queue for each topic: what has no room there is refused, and what is acknowledged forgotten. Rejects with NOT_VALID when one is
 * there already.
 */
export async function makeRabbitmqQueues(
	connection: ChannelModel,
	{topics, setup: {site, queueBytes}}: {readonly topics: readonly string[]; readonly setup: RabbitmqSetup},
): Promise<void> {
	try {
		for (const topic of topics) {
			if (await isThere(connection, topic)) {
				throw new StreambedError('NOT_VALID', `the broker at ${site} holds ${topic} already`, {
					hint: 'something else writes to this broker: each run has its own',
				});
			}
		}
		const channel = await connection.createChannel();
		channel.on('error', () => {});
		for (const topic of topics) {
			await channel.assertQueue(topic, {
				durable: true,
				arguments: {'x-max-length-bytes': queueBytes, 'x-overflow': 'reject-publish'},
			});
		}
		await channel.close();
	} catch (error) {
		throw error instanceof StreambedError
			? error
			: queueError(`making ${topics.join(', ')} at the broker of ${site} failed`, error);
	}
}

/** Asking for a queue that is not there closes the channel. */
async function isThere(connection: ChannelModel, topic: string): Promise<boolean> {
	const channel = await connection.createChannel();
	channel.on('error', () => {});
	try {
		await channel.checkQueue(topic);
		await channel.close();
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === notFound) {
			return false;
		}
		throw error;
	}
}

/** AMQP's number. */
const notFound = 404;
