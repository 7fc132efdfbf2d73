import {type Clock, realClock} from '#core/clock.ts';
import {parseQueueEndpoint} from './queue-endpoint.ts';
import {QueueReceiver} from './queue-receiver.ts';
import {openRabbitmqReader} from './rabbitmq-reader.ts';
import {openRabbitmqSender} from './rabbitmq-sender.ts';
import type {Transport} from './transport.ts';

/**
 * Slices as messages of a queue. A sender writes to a queue of the next site's broker, over a connection of its own; a receiver
 * takes from the queues that it is subscribed to, over one connection each, and listens nowhere.
 */
export const rabbitmq: Transport = createRabbitmq({clock: realClock});

export function createRabbitmq({clock}: {readonly clock: Clock}): Transport {
	return {
		async listen() {
			return new QueueReceiver({open: openRabbitmqReader, clock});
		},
		connect: ({endpoint}) => openRabbitmqSender(parseQueueEndpoint(endpoint), {clock}),
	};
}
