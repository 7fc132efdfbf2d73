import {type Connection, createTopicsV7, listOffsetsV9} from '@platformatic/kafka';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {brokerError, refusesWith} from '../transports/kafka-connection.ts';

/** A broker that has made a topic leads it soon after. Real time. */
const leadLimitSeconds: Seconds = 10;
const lookAgainSeconds: Seconds = 0.01;

/**
 * Makes topics of one partition and waits until they can be written to and read. Rejects with NOT_VALID when one is there
 * already: what it holds would be taken for this run's; with TIMED_OUT when nobody comes to lead one.
 */
export async function makeTopics(
	connection: Connection,
	{
		topics,
		site,
		clock,
		signal,
	}: {
		readonly topics: readonly string[];
		readonly site: string;
		readonly clock: Clock;
		readonly signal: AbortSignal;
	},
): Promise<void> {
	const wanted = topics.map(name => ({
		name,
		numPartitions: 1,
		replicationFactor: 1,
		assignments: [],
		configs: [],
	}));
	try {
		await createTopicsV7.api.async(connection, wanted, leadLimitSeconds * 1000, false);
	} catch (error) {
		throw refusesWith(error, [topicIsThere])
			? new StreambedError('NOT_VALID', `the broker at ${site} holds ${topics.join(' or ')} already`, {
					hint: 'something else writes to this broker: each run has its own',
				})
			: brokerError(`making ${topics.join(', ')} at the broker of ${site} failed`, error);
	}
	const limitNs = clock.nowNs() + BigInt(leadLimitSeconds * 1e9);
	while (!(await areServed(connection, topics))) {
		if (clock.nowNs() > limitNs) {
			throw new StreambedError(
				'TIMED_OUT',
				`the broker at ${site} does not lead ${topics.join(', ')} after ${leadLimitSeconds} s`,
			);
		}
		await clock.sleep(lookAgainSeconds, signal);
	}
}

/** Whether the broker can say where each of them begins: what it knows of a topic comes before it can serve it. */
async function areServed(connection: Connection, topics: readonly string[]): Promise<boolean> {
	const asked = topics.map(name => ({
		name,
		partitions: [{partitionIndex: 0, currentLeaderEpoch: -1, timestamp: beginning}],
	}));
	try {
		await listOffsetsV9.api.async(connection, noReplica, 0, asked);
		return true;
	} catch (error) {
		if (refusesWith(error, notServedYet)) {
			return false;
		}
		throw brokerError(`asking for ${topics.join(', ')} failed`, error);
	}
}

/** Kafka's numbers. */
const beginning = -2n;
const noReplica = -1;
const topicIsThere = 36;
/** Unknown; led by nobody; led by another. */
const notServedYet = [3, 5, 6];
