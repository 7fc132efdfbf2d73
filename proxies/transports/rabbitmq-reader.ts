import type {Channel, ConsumeMessage} from 'amqplib';
import {StreambedError} from '#core/errors.ts';
import {parseQueueEndpoint} from './queue-endpoint.ts';
import {queueError} from './queue-error.ts';
import type {QueueListener} from './queue-receiver.ts';
import {closeRabbitmq, connectToRabbitmq} from './rabbitmq-connection.ts';
import {sliceHeaderName} from './rabbitmq-sender.ts';
import type {Slice} from './transport.ts';

/** Reads one queue over a connection of its own, and acknowledges what has been taken. Rejects with NODE_LOST when it cannot. */
export async function openRabbitmqReader(source: string, listener: QueueListener): Promise<AsyncDisposable> {
	const endpoint = parseQueueEndpoint(source);
	const {host, port, topic, windowCount} = endpoint;
	const connection = await connectToRabbitmq(endpoint);
	const errorOf = (cause: unknown) => queueError(`reading ${topic} from the broker at ${host}:${port} failed`, cause);
	let isClosed = false;
	const fail = (cause: unknown) => {
		if (!isClosed) {
			isClosed = true;
			listener.onError(cause instanceof StreambedError ? cause : errorOf(cause));
		}
	};
	connection.on('error', fail);
	connection.on('close', cause => fail(cause ?? new Error('the connection was closed')));
	try {
		const channel = await connection.createChannel();
		channel.on('error', fail);
		await channel.prefetch(windowCount);
		await channel.consume(topic, message => {
			take(message, {channel, listener, isClosed: () => isClosed}).catch(fail);
		});
	} catch (cause) {
		isClosed = true;
		await closeRabbitmq(connection);
		throw errorOf(cause);
	}
	return {
		async [Symbol.asyncDispose]() {
			isClosed = true;
			await closeRabbitmq(connection);
		},
	};
}

async function take(
	message: ConsumeMessage | null,
	{
		channel,
		listener,
		isClosed,
	}: {readonly channel: Channel; readonly listener: QueueListener; readonly isClosed: () => boolean},
): Promise<void> {
	if (!message) {
		throw new Error('the broker has no such queue any more');
	}
	await listener.onSlices([sliceOf(message)]);
	if (!isClosed()) {
		channel.ack(message);
	}
}

function sliceOf({content, properties: {headers = {}}}: ConsumeMessage): Slice {
	const header: unknown = headers[sliceHeaderName];
	if (!Buffer.isBuffer(header)) {
		throw new StreambedError('NOT_VALID', 'a message arrived without a slice’s header', {
			hint: 'something else writes to this queue',
		});
	}
	return {header, payload: content};
}
