import {type ConsumerMessages, jetstream} from '@nats-io/jetstream';
import {StreambedError} from '#core/errors.ts';
import {chunkHeaderBytes} from './chunk-header.ts';
import {connectToNats} from './nats-connection.ts';
import {natsConsumer, natsStreamOf} from './nats-names.ts';
import {parseQueueEndpoint} from './queue-endpoint.ts';
import {queueError} from './queue-error.ts';
import type {QueueListener} from './queue-receiver.ts';
import type {Slice} from './transport.ts';

/** Reads one stream over a connection of its own, and acknowledges what has been taken. Rejects with NODE_LOST when it cannot. */
export async function openNatsReader(source: string, listener: QueueListener): Promise<AsyncDisposable> {
	const endpoint = parseQueueEndpoint(source);
	const {host, port, topic, windowCount} = endpoint;
	const connection = await connectToNats(endpoint);
	const errorOf = (cause: unknown) => queueError(`reading ${topic} from the broker at ${host}:${port} failed`, cause);
	let messages: ConsumerMessages;
	try {
		const consumer = await jetstream(connection).consumers.get(natsStreamOf(topic), natsConsumer);
		messages = await consumer.consume({max_messages: windowCount});
	} catch (cause) {
		await connection.close();
		throw errorOf(cause);
	}
	let isClosed = false;
	const fail = (cause: unknown) => {
		if (!isClosed) {
			isClosed = true;
			listener.onError(cause instanceof StreambedError ? cause : errorOf(cause));
		}
	};
	const ended = (cause: unknown) => fail(cause ?? new Error('the connection was closed'));
	void connection.closed().then(ended);
	read(messages, listener).then(ended, fail);
	return {
		async [Symbol.asyncDispose]() {
			isClosed = true;
			await connection.close();
		},
	};
}

async function read(messages: ConsumerMessages, {onSlices}: QueueListener): Promise<void> {
	for await (const message of messages) {
		await onSlices([sliceOf(message.data)]);
		message.ack();
	}
}

function sliceOf({buffer, byteOffset, byteLength}: Uint8Array): Slice {
	if (byteLength <= chunkHeaderBytes) {
		throw new StreambedError('NOT_VALID', `a message of ${byteLength} bytes arrived, which is no slice`, {
			hint: 'something else writes to this stream',
		});
	}
	const whole = Buffer.from(buffer, byteOffset, byteLength);
	return {header: whole.subarray(0, chunkHeaderBytes), payload: whole.subarray(chunkHeaderBytes)};
}
