import type {BrokerSetup, BrokerStand, KafkaSoftware} from '#core/control/broker-messages.ts';
import type {Broker} from '#core/scenario/broker-schema.ts';
import type {Bytes} from '#core/units.ts';
import {findKafka, findKafkaJars} from '#proxies/brokers/kafka-software.ts';
import {chunkHeaderBytes} from '#proxies/transports/chunk-header.ts';
import type {BrokerPlace} from '../testbed.ts';
import {brokerDataBytes} from './broker-data-bytes.ts';
import {windowCount} from './window-count.ts';

/** What the broker of a site is told. Throws TOOL_MISSING when Java or Kafka is wanted of this machine and not there. */
export function brokerSetup(
	broker: Broker,
	{
		site,
		place: {mountsData, java, ...place},
		logFolder,
		sliceBytes,
	}: {
		readonly site: string;
		readonly place: BrokerPlace;
		/** The broker's own. */
		readonly logFolder: string;
		readonly sliceBytes: Bytes;
	},
): BrokerSetup {
	const {readyWithinSeconds, image} = broker;
	const dataBytes = mountsData ? {dataBytes: brokerDataBytes(broker)} : {};
	const stand: BrokerStand = {
		...place,
		...dataBytes,
		...(image !== undefined && {image}),
		site,
		readyWithinSeconds,
		logFolder,
	};
	switch (broker.kind) {
		case 'kafka': {
			const {kind, heapBytes, batchBytes, retentionSeconds, topicLogBytes} = broker;
			return {
				...stand,
				kind,
				heapBytes,
				batchBytes,
				retentionSeconds,
				topicLogBytes,
				software: image === undefined ? kafkaHere(java) : kafkaInImage,
			};
		}
		case 'rabbitmq': {
			const {kind, memoryBytes, queueBytes} = broker;
			return {...stand, kind, memoryBytes, queueBytes};
		}
		case 'nats': {
			const {kind, memoryBytes, queueBytes} = broker;
			const messageBytesMax = sliceBytes + chunkHeaderBytes;
			return {
				...stand,
				kind,
				memoryBytes,
				queueCount: Math.floor(queueBytes / messageBytesMax),
				windowCount: windowCount(broker, sliceBytes),
				messageBytesMax,
			};
		}
		default:
			return broker satisfies never;
	}
}

const kafkaHere = (java: string | undefined): KafkaSoftware =>
	java === undefined ? findKafka() : {...findKafkaJars(), java};

/** Where the images of Kafka's own project have it. */
const kafkaInImage: KafkaSoftware = {java: 'java', jars: '/opt/kafka/libs'};
