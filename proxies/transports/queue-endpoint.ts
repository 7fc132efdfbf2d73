/** A queue of a broker, and how many slices may be under way to it or from it. */
export type QueueEndpoint = {
	readonly kind: 'rabbitmq' | 'nats';
	readonly host: string;
	readonly port: number;
	readonly topic: string;
	/** Sent and not yet confirmed, or handed out and not yet acknowledged. */
	readonly windowCount: number;
};

/** `nats://198.18.0.2:9092/stream-1.0.0.raw?windowCount=31` */
export function formatQueueEndpoint({kind, host, port, topic, windowCount}: QueueEndpoint): string {
	return `${kind}://${host}:${port}/${topic}?windowCount=${windowCount}`;
}

/** The reverse. Throws a TypeError for anything else: endpoints are made by the harness, not by users. */
export function parseQueueEndpoint(text: string): QueueEndpoint {
	const {protocol, hostname, port, pathname, searchParams} = new URL(text);
	const endpoint = {
		kind: protocol.slice(0, -1) as QueueEndpoint['kind'],
		host: hostname,
		port: Number(port),
		topic: pathname.slice(1),
		windowCount: Number(searchParams.get('windowCount')),
	};
	if (!['rabbitmq', 'nats'].includes(endpoint.kind) || formatQueueEndpoint(endpoint) !== text) {
		throw new TypeError(`${text} is no endpoint of RabbitMQ or NATS`);
	}
	return endpoint;
}
