import type {ConfirmChannel} from 'amqplib';
import type {Clock} from '#core/clock.ts';
import type {QueueEndpoint} from './queue-endpoint.ts';
import {queueError, queueIsFull} from './queue-error.ts';
import {closeRabbitmq, connectToRabbitmq} from './rabbitmq-connection.ts';
import type {Sender, Slice} from './transport.ts';
import {WindowedSender} from './windowed-sender.ts';

/** The name by which a message carries the header of its slice. */
export const sliceHeaderName = 'slice';

/** Writes slices to one queue, over a connection of its own, and has each confirmed. Rejects with NODE_LOST when it cannot. */
export async function openRabbitmqSender(endpoint: QueueEndpoint, {clock}: {readonly clock: Clock}): Promise<Sender> {
	const connection = await connectToRabbitmq(endpoint);
	let channel: ConfirmChannel;
	try {
		channel = await connection.createConfirmChannel();
	} catch (cause) {
		await closeRabbitmq(connection);
		throw queueError(`connecting to the broker at ${endpoint.host}:${endpoint.port} failed`, cause);
	}
	// Whoever waits for a confirmation hears of it there.
	channel.on('error', () => {});
	let isReturned = false;
	channel.on('return', () => {
		isReturned = true;
	});
	return new WindowedSender({
		clock,
		windowCount: endpoint.windowCount,
		async store(slice) {
			await store(channel, endpoint, slice);
			// What nobody took is sent back first, and confirmed all the same.
			if (isReturned) {
				throw queueError(`writing to ${endpoint.topic} failed`, 'the broker has no such queue');
			}
		},
		close: () => closeRabbitmq(connection),
	});
}

async function store(channel: ConfirmChannel, endpoint: QueueEndpoint, {header, payload}: Slice): Promise<void> {
	const {topic, host, port} = endpoint;
	try {
		await new Promise<void>((resolve, reject) => {
			channel.sendToQueue(
				topic,
				payload,
				{headers: {[sliceHeaderName]: header}, persistent: false, mandatory: true},
				(error: Error | null) => (error ? reject(error) : resolve()),
			);
		});
	} catch (cause) {
		throw cause instanceof Error && cause.message === 'message nacked'
			? queueIsFull(endpoint, cause)
			: queueError(`writing to ${topic} at the broker ${host}:${port} failed`, cause);
	}
}
