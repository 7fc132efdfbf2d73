import type {BrokerSetup} from '#core/control/broker-messages.ts';
import {kafkaLaunch} from './kafka-commands.ts';
import {natsLaunch} from './nats-settings.ts';
import {rabbitmqLaunch} from './rabbitmq-settings.ts';
import type {ServerLaunch} from './server-launch.ts';

/** What a broker's server is started from in an image that brings it: programs by the names under which the image has them on its path. Pure. */
export function imageLaunch(setup: BrokerSetup): ServerLaunch {
	switch (setup.kind) {
		case 'kafka':
			return kafkaLaunch(setup);
		case 'rabbitmq':
			return rabbitmqLaunch(setup, {server: 'rabbitmq-server'});
		case 'nats':
			return natsLaunch(setup, {server: 'nats-server'});
		default:
			return setup satisfies never;
	}
}
