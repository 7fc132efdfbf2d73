import type {Broker} from '#core/scenario/broker-schema.ts';
import type {Bytes} from '#core/units.ts';
import {formatKafkaEndpoint} from '#proxies/transports/kafka-endpoint.ts';
import {formatQueueEndpoint} from '#proxies/transports/queue-endpoint.ts';
import type {BrokerPlace} from '../testbed.ts';
import {windowCount} from './window-count.ts';

/** Where a topic is written and read, and how, as the transport of the broker's kind has it. */
export function brokerEndpoint(
	broker: Broker,
	{
		place: {host, port},
		topic,
		sliceBytes,
	}: {readonly place: BrokerPlace; readonly topic: string; readonly sliceBytes: Bytes},
): string {
	switch (broker.kind) {
		case 'kafka': {
			const {acks, batchBytes, lingerSeconds} = broker;
			return formatKafkaEndpoint({host, port, topic, acks, batchBytes, lingerSeconds});
		}
		case 'rabbitmq':
		case 'nats':
			return formatQueueEndpoint({
				kind: broker.kind,
				host,
				port,
				topic,
				windowCount: windowCount(broker, sliceBytes),
			});
		default:
			return broker satisfies never;
	}
}
