import {type Connection, type MessageRecord, produceV11} from '@platformatic/kafka';
import type {Clock} from '#core/clock.ts';
import type {Bytes, Seconds} from '#core/units.ts';
import {brokerError} from './kafka-connection.ts';
import type {Acknowledgement, KafkaEndpoint} from './kafka-endpoint.ts';
import type {Sender, Slice} from './transport.ts';

/** Batches that were written and not yet acknowledged. A broker takes those of one connection in order. */
const batchesUnderWayMax = 5;

const requiredAcks = {none: 0, leader: 1, all: -1} as const satisfies Record<Acknowledgement, number>;

/** How long a broker may take to store a batch. Real time. */
const storeLimitSeconds: Seconds = 30;

/**
 * Writes slices to one topic. Those that come within the linger time of each other, up to the size of a batch, are written
 * together; while all batches that may be under way are, the next one grows.
 */
export class KafkaSender implements Sender {
	readonly #connection: Connection;
	readonly #endpoint: KafkaEndpoint;
	readonly #clock: Clock;
	#batch: MessageRecord[] = [];
	#batchBytes: Bytes = 0;
	#isDue = false;
	#cancelLinger: () => void = () => {};
	#underWayCount = 0;
	#onRoom: () => void = () => {};
	#failure: Error | undefined;
	#isClosed = false;

	constructor({
		connection,
		endpoint,
		clock,
	}: {
		readonly connection: Connection;
		readonly endpoint: KafkaEndpoint;
		readonly clock: Clock;
	}) {
		this.#connection = connection;
		this.#endpoint = endpoint;
		this.#clock = clock;
	}

	async send({header, payload}: Slice): Promise<void> {
		while (!this.#failure && !this.#isClosed && this.#isFull()) {
			await new Promise<void>(resolve => {
				this.#onRoom = resolve;
			});
		}
		if (this.#failure) {
			throw this.#failure;
		}
		if (this.#isClosed) {
			throw new Error(`the sender to ${this.#endpoint.topic} was closed`);
		}
		const isFirst = this.#batch.length === 0;
		this.#batch.push({topic: this.#endpoint.topic, partition: 0, key: header, value: payload});
		this.#batchBytes += header.length + payload.length;
		if (this.#isFull() || this.#endpoint.lingerSeconds === 0) {
			this.#isDue = true;
		} else if (isFirst) {
			this.#cancelLinger = this.#clock.after(this.#endpoint.lingerSeconds, () => {
				this.#isDue = true;
				this.#write();
			});
		}
		this.#write();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isClosed = true;
		this.#cancelLinger();
		this.#onRoom();
		await this.#connection.close();
	}

	#isFull(): boolean {
		return this.#batchBytes >= this.#endpoint.batchBytes;
	}

	/** Writes the batch, when it is full or has waited long enough and another may be under way. */
	#write(): void {
		if (!this.#isDue || this.#isClosed || this.#underWayCount >= batchesUnderWayMax) {
			return;
		}
		const batch = this.#batch;
		this.#cancelLinger();
		this.#batch = [];
		this.#batchBytes = 0;
		this.#isDue = false;
		this.#underWayCount++;
		const acks = requiredAcks[this.#endpoint.acks];
		produceV11.api.async(this.#connection, acks, storeLimitSeconds * 1000, batch, {compression: 'none'}).then(
			() => {
				this.#underWayCount--;
				this.#write();
				this.#onRoom();
			},
			(error: unknown) => {
				const {host, port, topic} = this.#endpoint;
				this.#failure = brokerError(`writing to ${topic} at the broker ${host}:${port} failed`, error);
				this.#onRoom();
			},
		);
	}
}
