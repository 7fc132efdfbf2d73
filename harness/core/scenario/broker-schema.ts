import {z} from 'zod';
import {quantity} from './quantity-schema.ts';

/** The brokers of a stack that has some: what each is allowed, and how its clients speak to it. Real time and real bytes. */
export const brokerSchema = z
	.strictObject({
		kind: z.literal('kafka'),
		nodes: z
			.int()
			.min(1)
			.max(1000)
			.optional()
			.describe('how many brokers; one stands at each compute site, and this is checked against them'),
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
		readyWithin: quantity('duration', {min: 0.1, max: 600})
			.prefault('60s')
			.describe('a broker that is not ready by then ends the run'),
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

export type Broker = z.output<typeof brokerSchema>;

/** What a stack has that asks for Kafka and says no more. */
export const defaultBroker = (): Broker => brokerSchema.parse({kind: 'kafka'});
