import {type Clock, realClock} from '#core/clock.ts';
import {connectToBroker} from './kafka-connection.ts';
import {parseKafkaEndpoint} from './kafka-endpoint.ts';
import {KafkaReader} from './kafka-reader.ts';
import {KafkaSender} from './kafka-sender.ts';
import {QueueReceiver} from './queue-receiver.ts';
import type {Transport} from './transport.ts';

/**
 * Slices as records of a topic with one partition: their order is kept. A sender writes to a topic of the next site's broker,
 * over a connection of its own; a receiver fetches from the topics that it is subscribed to and listens nowhere.
 */
export const kafka: Transport = createKafka({clock: realClock});

export function createKafka({clock}: {readonly clock: Clock}): Transport {
	return {
		async listen() {
			return new QueueReceiver({open: KafkaReader.open, clock});
		},
		async connect({endpoint: text}) {
			const endpoint = parseKafkaEndpoint(text);
			return new KafkaSender({connection: await connectToBroker(endpoint), endpoint, clock});
		},
	};
}
