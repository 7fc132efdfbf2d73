import type {Scenario} from '#core/scenario/schema.ts';
import {findKafka, findKafkaJars} from '#proxies/brokers/kafka-software.ts';
import {findMount} from '#proxies/brokers/mount-software.ts';
import {findNats} from '#proxies/brokers/nats-software.ts';
import {findRabbitmq} from '#proxies/brokers/rabbitmq-software.ts';

/**
 * Throws TOOL_MISSING where a scenario has brokers and this machine lacks what they are made from: where a testbed brings its own
 * programs, as images do, the jars of Kafka alone, and nothing for brokers of another image.
 */
export function requireBrokers(
	{stack: {broker}}: Pick<Scenario, 'stack'>,
	{bringsPrograms}: {readonly bringsPrograms: boolean},
): void {
	if (broker?.image !== undefined) {
		return;
	}
	if (broker && !bringsPrograms) {
		findMount();
	}
	switch (broker?.kind) {
		case undefined:
			return;
		case 'kafka':
			if (bringsPrograms) {
				findKafkaJars();
			} else {
				findKafka();
			}
			return;
		case 'rabbitmq':
			if (!bringsPrograms) {
				findRabbitmq();
			}
			return;
		case 'nats':
			if (!bringsPrograms) {
				findNats();
			}
			return;
		default:
			broker satisfies never;
	}
}
