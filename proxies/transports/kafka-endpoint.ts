import type {Bytes, Seconds} from '#core/units.ts';
import type {BrokerAddress} from './kafka-connection.ts';

/** What a writer waits for: nothing, the broker that leads the topic, or all that keep a copy. */
export type Acknowledgement = 'none' | 'leader' | 'all';

/** A topic of a broker, and how it is written to. */
export type KafkaEndpoint = BrokerAddress & {
	readonly topic: string;
	readonly acks: Acknowledgement;
	readonly batchBytes: Bytes;
	readonly lingerSeconds: Seconds;
};

/** `kafka://198.18.0.2:9092/stream-1.0.0.raw?acks=leader&batchBytes=128000&lingerSeconds=0.005` */
export function formatKafkaEndpoint({host, port, topic, ...settings}: KafkaEndpoint): string {
	const query = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
	return `kafka://${host}:${port}/${topic}?${query.join('&')}`;
}

/** The reverse. Throws a TypeError for anything else: endpoints are made by the harness, not by users. */
export function parseKafkaEndpoint(text: string): KafkaEndpoint {
	const {protocol, hostname, port, pathname, searchParams} = new URL(text);
	const endpoint = {
		host: hostname,
		port: Number(port),
		topic: pathname.slice(1),
		acks: searchParams.get('acks') as Acknowledgement,
		batchBytes: Number(searchParams.get('batchBytes')),
		lingerSeconds: Number(searchParams.get('lingerSeconds')),
	};
	if (protocol !== 'kafka:' || formatKafkaEndpoint(endpoint) !== text) {
		throw new TypeError(`${text} is no endpoint of Kafka`);
	}
	return endpoint;
}
