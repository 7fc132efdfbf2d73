import type {BrokerSetup} from '#core/control/broker-messages.ts';
import type {BrokerOptions, RunningBroker} from './running-broker.ts';

/** Starts the broker of a site, whatever it is; the code of the others is not loaded. Rejects with nothing left that runs. */
export async function startBroker({setup, ...options}: BrokerOptions<BrokerSetup>): Promise<RunningBroker> {
	switch (setup.kind) {
		case 'kafka':
			return (await import('./kafka-broker.ts')).startKafka({...options, setup});
		case 'rabbitmq':
			return (await import('./rabbitmq-broker.ts')).startRabbitmq({...options, setup});
		case 'nats':
			return (await import('./nats-broker.ts')).startNats({...options, setup});
		default:
			return setup satisfies never;
	}
}
