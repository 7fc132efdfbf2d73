import {
	AckPolicy,
	DiscardPolicy,
	JetStreamApiError,
	type JetStreamManager,
	jetstreamManager,
	RetentionPolicy,
	StorageType,
} from '@nats-io/jetstream';
import {type NatsConnection, nanos} from '@nats-io/transport-node';
import type {NatsSetup} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {brokerClientLimits} from '../transports/broker-client-limits.ts';
import {natsConsumer, natsStreamOf} from '../transports/nats-names.ts';
import {queueError} from '../transports/queue-error.ts';

/** A slice that waits for its site is not lost: it is not sent a second time within any run. */
const acknowledgedWithinMs = 7 * 24 * 3600 * 1000;

/**
 * Makes a stream for each topic, in memory, with one consumer: what that one acknowledges is forgotten, and what the stream has no room for
 * is refused. Rejects with NOT_VALID when one is there already.
 */
export async function makeNatsStreams(
	connection: NatsConnection,
	{topics, setup}: {readonly topics: readonly string[]; readonly setup: NatsSetup},
): Promise<void> {
	const {site} = setup;
	try {
		const manager = await jetstreamManager(connection, {timeout: brokerClientLimits.answerSeconds * 1000});
		for (const topic of topics) {
			if (await isThere(manager, topic)) {
				throw new StreambedError('NOT_VALID', `the broker at ${site} holds ${topic} already`, {
					hint: 'something else writes to this broker: each run has its own',
				});
			}
			await makeStream(manager, topic, setup);
		}
	} catch (error) {
		throw error instanceof StreambedError
			? error
			: queueError(`making ${topics.join(', ')} at the broker of ${site} failed`, error);
	}
}

async function isThere(manager: JetStreamManager, topic: string): Promise<boolean> {
	try {
		await manager.streams.info(natsStreamOf(topic));
		return true;
	} catch (error) {
		if (error instanceof JetStreamApiError && error.code === streamNotFound) {
			return false;
		}
		throw error;
	}
}

async function makeStream(
	manager: JetStreamManager,
	topic: string,
	{queueCount, windowCount}: NatsSetup,
): Promise<void> {
	const name = natsStreamOf(topic);
	await manager.streams.add({
		name,
		subjects: [topic],
		storage: StorageType.Memory,
		retention: RetentionPolicy.Workqueue,
		discard: DiscardPolicy.New,
		// A limit in bytes would be set aside for each stream at once.
		max_msgs: queueCount,
	});
	await manager.consumers.add(name, {
		durable_name: natsConsumer,
		ack_policy: AckPolicy.Explicit,
		ack_wait: nanos(acknowledgedWithinMs),
		max_ack_pending: windowCount,
	});
}

/** JetStream’s number. */
const streamNotFound = 10_059;
