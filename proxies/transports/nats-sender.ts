import {JetStreamApiError, type JetStreamClient, jetstream} from '@nats-io/jetstream';
import type {Clock} from '#core/clock.ts';
import {brokerClientLimits} from './broker-client-limits.ts';
import {connectToNats} from './nats-connection.ts';
import type {QueueEndpoint} from './queue-endpoint.ts';
import {queueError, queueIsFull} from './queue-error.ts';
import type {Sender, Slice} from './transport.ts';
import {WindowedSender} from './windowed-sender.ts';

/** Writes slices to the subject of one stream, over a connection of its own, and has each confirmed. */
export async function openNatsSender(endpoint: QueueEndpoint, {clock}: {readonly clock: Clock}): Promise<Sender> {
	const connection = await connectToNats(endpoint);
	const client = jetstream(connection, {timeout: brokerClientLimits.answerSeconds * 1000});
	return new WindowedSender({
		clock,
		windowCount: endpoint.windowCount,
		store: slice => store(client, endpoint, slice),
		close: () => connection.close(),
	});
}

async function store(client: JetStreamClient, endpoint: QueueEndpoint, {header, payload}: Slice): Promise<void> {
	const {topic, host, port} = endpoint;
	try {
		await client.publish(topic, Buffer.concat([header, payload]));
	} catch (cause) {
		throw cause instanceof JetStreamApiError && storeIsFull.includes(cause.code)
			? queueIsFull(endpoint, cause)
			: queueError(`writing to ${topic} at the broker ${host}:${port} failed`, cause);
	}
}

/** JetStream's numbers: the server's room, the account's, and what its store says, that a limit of the stream is reached. */
const storeIsFull: readonly number[] = [10_023, 10_047, 10_028, 10_077];
