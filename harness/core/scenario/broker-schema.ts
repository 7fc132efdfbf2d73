import {z} from 'zod';
import {imageNameSchema} from './image-name-schema.ts';
import {quantity} from './quantity-schema.ts';

/** What every broker has. */
const common = {
	nodes: z
		.int()
		.min(1)
		.max(1000)
		.optional()
		.describe('how many brokers; one stands at each compute site, and this is checked against them'),
	image: imageNameSchema
		.optional()
		.describe(
			'of its server, in a container of its own beside the site’s (docker only); without it, ours or this machine’s',
		),
	readyWithin: quantity('duration', {min: 0.1, max: 600})
		.prefault('60s')
		.describe('a broker that is not ready by then ends the run'),
};

const kafka = z
	.strictObject({
		kind: z.literal('kafka'),
		...common,
		acks: z
			.enum(['none', 'leader', 'all'])
			.default('leader')
			.describe('what a writer waits for; a cluster of one broker has no followers, so that all is leader here'),
		batch: quantity('size', {min: 1000, max: 4e6})
			.prefault('128kB')
			.describe('slices are written together up to this size'),
		linger: quantity('duration', {max: 10}).prefault('5ms').describe('how long a slice waits for others, at most'),
		heap: quantity('size', {min: 128 * 1024 ** 2, max: 64e9})
			.prefault('256MiB')
			.describe('memory of a broker’s virtual machine'),
		logs: quantity('size', {min: 16e6})
			.prefault('4GB')
			.describe('room for the logs of one broker, all topics together'),
		retention: quantity('duration', {min: 1}).prefault('60s').describe('a topic forgets what is older'),
		topicLog: quantity('size', {min: 4e6})
			.prefault('256MB')
			.describe('a topic forgets its oldest data beyond this size'),
	})
	.transform(({batch, linger, heap, logs, retention, topicLog, readyWithin, ...rest}) => ({
		...rest,
		batchBytes: batch,
		lingerSeconds: linger,
		heapBytes: heap,
		logsBytes: logs,
		retentionSeconds: retention,
		topicLogBytes: topicLog,
		readyWithinSeconds: readyWithin,
	}));

/** What brokers have that forget what a reader has acknowledged. */
const queueing = {
	...common,
	window: quantity('size', {min: 1000, max: 1e9})
		.prefault('1MB')
		.describe(
			'slices of one stream that a writer has sent without a confirmation, or a reader holds without having acknowledged them, at most',
		),
	queue: quantity('size', {min: 1e6})
		.prefault('256MB')
		.describe('what one queue holds at most; a write beyond it is refused and ends the run'),
};

const rabbitmq = z
	.strictObject({
		kind: z.literal('rabbitmq'),
		...queueing,
		memory: quantity('size', {min: 256e6})
			.prefault('512MB')
			.describe('beyond it a broker lets its writers wait; as much again is room for what it puts out of its way'),
	})
	.transform(inBytes);

const nats = z
	.strictObject({
		kind: z.literal('nats'),
		...queueing,
		memory: quantity('size', {min: 16e6})
			.prefault('4GB')
			.describe('what all queues of a broker hold together at most; a write beyond it ends the run'),
	})
	.transform(inBytes);

/** The brokers of a stack that has some: what each is allowed, and how its clients speak to it. Real time and real bytes. */
export const brokerSchema = z.discriminatedUnion('kind', [kafka, rabbitmq, nats]);

export type Broker = z.output<typeof brokerSchema>;

/** The kinds of brokers. */
export const brokerKinds = ['kafka', 'rabbitmq', 'nats'] as const satisfies ReadonlyArray<Broker['kind']>;

/** What a stack has that asks for a transport of brokers and says no more; nothing for one without. */
export function defaultBroker(transport: string): Broker | undefined {
	const kind = brokerKinds.find(name => name === transport);
	return kind && brokerSchema.parse({kind});
}

type QueueingSizes = {
	readonly window: number;
	readonly queue: number;
	readonly memory: number;
	readonly readyWithin: number;
};

function inBytes<Settings extends QueueingSizes>({window, queue, memory, readyWithin, ...rest}: Settings) {
	return {
		...rest,
		windowBytes: window,
		queueBytes: queue,
		memoryBytes: memory,
		readyWithinSeconds: readyWithin,
	};
}
