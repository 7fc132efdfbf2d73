import {connect, type NatsConnection} from '@nats-io/transport-node';
import type {Seconds} from '#core/units.ts';
import {brokerClientLimits} from './broker-client-limits.ts';
import {queueError} from './queue-error.ts';

/** One connection to one broker, which is not made anew when it is lost. Rejects with NODE_LOST when nobody answers there in time. */
export async function connectToNats(
	{host, port}: {readonly host: string; readonly port: number},
	{limitSeconds = brokerClientLimits.connectSeconds}: {readonly limitSeconds?: Seconds} = {},
): Promise<NatsConnection> {
	try {
		return await connect({
			servers: `${host}:${port}`,
			timeout: limitSeconds * 1000,
			reconnect: false,
			noAsyncTraces: true,
		});
	} catch (cause) {
		throw queueError(`connecting to the broker at ${host}:${port} failed`, cause);
	}
}
