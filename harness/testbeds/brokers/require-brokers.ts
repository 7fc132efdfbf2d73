import type {Scenario} from '#core/scenario/schema.ts';
import {findKafka} from '#proxies/brokers/kafka-software.ts';
import {findMount} from '#proxies/brokers/mount-software.ts';
import {findNats} from '#proxies/brokers/nats-software.ts';
import {findRabbitmq} from '#proxies/brokers/rabbitmq-software.ts';
import {refuseImage} from '../refuse-image.ts';

/**
 * Throws TOOL_MISSING where a scenario has brokers and this machine lacks what they are made from: where a testbed brings its own
 * programs, as images do, the jars of Kafka alone, and nothing for brokers of another image. Throws SCENARIO_INVALID where there are no images.
 */
export function requireBrokers(
	{stack: {broker}}: Pick<Scenario, 'stack'>,
	{
		testbed,
		bringsPrograms,
		hasImages,
	}: {
		readonly testbed: string;
		readonly bringsPrograms: boolean;
		/** Whether it runs the images that a scenario names. */
		readonly hasImages: boolean;
	},
): void {
	if (broker?.image !== undefined) {
		refuseImage({key: 'stack.broker.image', image: broker.image, testbed, hasImages});
		return;
	}
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
