import {type ChannelModel, connect} from 'amqplib';
import type {Seconds} from '#core/units.ts';
import {brokerClientLimits} from './broker-client-limits.ts';
import {queueError} from './queue-error.ts';

/** One connection to one broker. Rejects with NODE_LOST when nobody answers there in time. */
export async function connectToRabbitmq(
	{host, port}: {readonly host: string; readonly port: number},
	{limitSeconds = brokerClientLimits.connectSeconds}: {readonly limitSeconds?: Seconds} = {},
): Promise<ChannelModel> {
	let connection: ChannelModel;
	try {
		connection = await connect(
			{protocol: 'amqp', hostname: host, port, heartbeat: brokerClientLimits.answerSeconds},
			{noDelay: true, timeout: limitSeconds * 1000},
		);
	} catch (cause) {
		throw queueError(`connecting to the broker at ${host}:${port} failed`, cause);
	}
	// Whoever waits for an answer hears of it there.
	connection.on('error', () => {});
	return connection;
}

/** Closes a connection that may have been closed by the other side. */
export async function closeRabbitmq(connection: ChannelModel): Promise<void> {
	try {
		await connection.close();
	} catch {
		// It was closed before, and that is all that is wanted.
	}
}
