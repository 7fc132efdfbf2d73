import {type Clock, realClock} from '#core/clock.ts';
import {openNatsReader} from './nats-reader.ts';
import {openNatsSender} from './nats-sender.ts';
import {parseQueueEndpoint} from './queue-endpoint.ts';
import {QueueReceiver} from './queue-receiver.ts';
import type {Transport} from './transport.ts';

/**
 * Slices as messages of a JetStream stream with one subject. A sender writes to a stream of the next site's broker, over a
 * connection of its own; a receiver takes from the streams that it is subscribed to, over one connection each, and listens nowhere.
 */
export const nats: Transport = createNats({clock: realClock});

export function createNats({clock}: {readonly clock: Clock}): Transport {
	return {
		async listen() {
			return new QueueReceiver({open: openNatsReader, clock});
		},
		connect: ({endpoint}) => openNatsSender(parseQueueEndpoint(endpoint), {clock}),
	};
}
