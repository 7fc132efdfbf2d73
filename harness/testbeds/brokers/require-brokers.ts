import type {Scenario} from '#core/scenario/schema.ts';
import {findKafka} from '#proxies/brokers/kafka-software.ts';
import {findMount} from '#proxies/brokers/mount-software.ts';
import {findNats} from '#proxies/brokers/nats-software.ts';
import {findRabbitmq} from '#proxies/brokers/rabbitmq-software.ts';

/**
 * Throws TOOL_MISSING where a scenario has brokers and this machine lacks what they are made from. Where a testbed brings its own
 * programs, as images do, that is the jars of Kafka alone.
 */
export function requireBrokers(
	{stack: {broker}}: Pick<Scenario, 'stack'>,
	{bringsPrograms}: {readonly bringsPrograms: boolean},
): void {
	if (broker && !bringsPrograms) {
		findMount();
	}
	switch (broker?.kind) {
		case undefined:
			return;
		case 'kafka':
			findKafka();
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
