import {Connection, metadataV12} from '@platformatic/kafka';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';

/** A place where a broker listens. */
export type BrokerAddress = {readonly host: string; readonly port: number};

/** As long as a request may wait for its answer: a slow link carries other streams before it. Real time. */
const answerLimitSeconds: Seconds = 60;
const connectLimitSeconds: Seconds = 10;

/** One connection to one broker, whose answers may take so long. Rejects with NODE_LOST when nobody answers there. */
export async function connectToBroker(
	{host, port}: BrokerAddress,
	{limitSeconds = answerLimitSeconds}: {readonly limitSeconds?: Seconds} = {},
): Promise<Connection> {
	const connection = new Connection('streambed', {
		connectTimeout: Math.min(connectLimitSeconds, limitSeconds) * 1000,
		requestTimeout: limitSeconds * 1000,
		handleBackPressure: true,
	});
	// Whoever waits for an answer hears of an error there.
	connection.on('error', () => {});
	try {
		await connection.connect(host, port);
	} catch (cause) {
		throw brokerError(`connecting to the broker at ${host}:${port} failed`, cause);
	}
	return connection;
}

/** Which of these topics the broker leads, by name, with the identifier that a reader asks by. */
export async function ledTopics(
	connection: Connection,
	topics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
	let answer: Awaited<ReturnType<typeof metadataV12.api.async>>;
	try {
		answer = await metadataV12.api.async(connection, [...topics], false, false);
	} catch (error) {
		if (isTopicUnknown(error)) {
			return new Map();
		}
		throw error;
	}
	return new Map(
		answer.topics.flatMap(({name, topicId, errorCode, partitions: [first]}) =>
			name && errorCode === 0 && first?.errorCode === 0 && first.leaderId >= 0 ? [[name, topicId]] : [],
		),
	);
}

/** What went wrong between a program and a broker, in one sentence. */
export function brokerError(attempt: string, cause: unknown): StreambedError {
	return new StreambedError('NODE_LOST', `${attempt}: ${sentences(cause)}`, {
		hint: refusesWith(cause, [storageFailed])
			? 'its logs are full: stack.broker.logs gives them more room, retention and topicLog let it forget earlier'
			: 'the broker’s own log stands in the folder logs/ of the run',
		cause,
	});
}

function sentences(error: unknown): string {
	if (error instanceof AggregateError && error.errors.length > 0) {
		return error.errors.map(sentences).join('; ');
	}
	if (error instanceof Error) {
		return error.cause instanceof Error ? `${error.message} (${sentences(error.cause)})` : error.message;
	}
	return String(error);
}

/** Kafka's number: it cannot write to its disk, or read from there. */
const storageFailed = 56;

/** Whether a broker refuses with one of these of Kafka's error numbers. */
export const refusesWith = (error: unknown, codes: readonly number[]): boolean =>
	error instanceof AggregateError && error.errors.some(({apiCode}) => codes.includes(apiCode));

/** Unknown, or known and not led by anybody yet. */
const isTopicUnknown = (error: unknown): boolean => refusesWith(error, [3, 5]);
