import {type Connection, fetchV17, type KafkaRecord} from '@platformatic/kafka';
import {StreambedError} from '#core/errors.ts';
import type {Bytes, Seconds} from '#core/units.ts';
import {brokerError, connectToBroker, ledTopics, refusesWith} from './kafka-connection.ts';
import {type KafkaEndpoint, parseKafkaEndpoint} from './kafka-endpoint.ts';
import type {QueueListener} from './queue-receiver.ts';
import type {Slice} from './transport.ts';

/** A broker answers as soon as there is anything, and with nothing after this: each such answer costs it about a millisecond. Real time. */
const patienceSeconds: Seconds = 5;

/** As much as one answer brings. One more is fetched while these are taken. */
const fetchBytes: Bytes = 1024 ** 2;

/** Reads one topic from its beginning, over a connection of its own: without a group, whose rounds of joining take seconds. */
export class KafkaReader implements AsyncDisposable {
	readonly #connection: Connection;
	readonly #endpoint: KafkaEndpoint;
	readonly #topicId: string;
	#isClosed = false;

	private constructor(
		source: {readonly connection: Connection; readonly endpoint: KafkaEndpoint; readonly topicId: string},
		listener: QueueListener,
	) {
		this.#connection = source.connection;
		this.#endpoint = source.endpoint;
		this.#topicId = source.topicId;
		this.#read(listener.onSlices).catch((error: unknown) => {
			if (!this.#isClosed) {
				listener.onError(error);
			}
		});
	}

	/** Rejects with NODE_LOST when the broker does not answer or has no such topic. */
	static async open(text: string, listener: QueueListener): Promise<KafkaReader> {
		const endpoint = parseKafkaEndpoint(text);
		const {host, port, topic} = endpoint;
		const connection = await connectToBroker(endpoint);
		let led: Awaited<ReturnType<typeof ledTopics>>;
		try {
			led = await ledTopics(connection, [topic]);
		} catch (error) {
			await connection.close();
			throw brokerError(`asking the broker at ${host}:${port} for ${topic} failed`, error);
		}
		const topicId = led.get(topic);
		if (topicId === undefined) {
			await connection.close();
			throw new StreambedError('NODE_LOST', `the broker at ${host}:${port} has no topic ${topic}`);
		}
		return new KafkaReader({connection, endpoint, topicId}, listener);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isClosed = true;
		await this.#connection.close();
	}

	async #read(onSlices: QueueListener['onSlices']): Promise<void> {
		let taken: Promise<void> | undefined;
		let offset = 0n;
		while (!this.#isClosed) {
			const records = await this.#fetch(offset);
			await taken;
			const last = records.at(-1);
			if (last) {
				offset = last.offset + 1n;
				taken = onSlices(records.map(({record}) => sliceOf(record)));
			}
		}
	}

	/** The records from an offset on; none when there was nothing in time. */
	async #fetch(offset: bigint): Promise<ReadonlyArray<{readonly offset: bigint; readonly record: KafkaRecord}>> {
		const {host, port, topic} = this.#endpoint;
		let answer: Awaited<ReturnType<typeof fetchV17.api.async>>;
		try {
			answer = await fetchV17.api.async(
				this.#connection,
				patienceSeconds * 1000,
				1,
				fetchBytes,
				everything,
				noSession.id,
				noSession.epoch,
				[
					{
						topicId: this.#topicId,
						partitions: [
							{
								partition: 0,
								currentLeaderEpoch: -1,
								fetchOffset: offset,
								lastFetchedEpoch: -1,
								partitionMaxBytes: fetchBytes,
							},
						],
					},
				],
				[],
				'',
			);
		} catch (error) {
			throw refusesWith(error, [offsetOutOfRange])
				? new StreambedError('LIMIT_REACHED', `the broker at ${host}:${port} has forgotten data of ${topic} unread`, {
						hint: 'a reader lags too far behind; raise retention and topicLog of stack.broker',
					})
				: brokerError(`reading ${topic} from the broker at ${host}:${port} failed`, error);
		}
		const batches = answer.responses[0]?.partitions[0]?.records ?? [];
		return batches.flatMap(({firstOffset, records}) =>
			records
				.map(record => ({offset: firstOffset + BigInt(record.offsetDelta), record}))
				// A batch is handed out whole, also to who has read its beginning.
				.filter(one => one.offset >= offset),
		);
	}
}

/** No transactions here: everything that was written is read. */
const everything = 0;
const noSession = {id: 0, epoch: -1} as const;

function sliceOf({key, value}: KafkaRecord): Slice {
	if (!key || !value) {
		throw new StreambedError('NOT_VALID', 'a record arrived without a key or a value, where slices have both', {
			hint: 'something else writes to this topic',
		});
	}
	return {header: key, payload: value};
}

/** Kafka's number: it does not hold that any more. */
const offsetOutOfRange = 1;
