import {realClock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import {next, openStream, siteSetup, startClock} from '../support/data-plane.ts';
import {SiteProcess} from '../support/site-process.ts';
import type {BareLink} from './bare-link.ts';

/** How the chunks travel. */
export const brokerLoad = {
	sliceBytes: 32_000 as Bytes,
	chunkBytes: 1_024_000 as Bytes,
	carrySeconds: 3 as Seconds,
} as const;

/**
 * What a consumer gets of one topic that a producer writes at the same time, both at end `a` of a link and the broker at the other: the
 * producer has more chunks due than it can send; counted is what the consumer checked, from its second second on.
 */
export async function chunksThroughBroker(
	link: BareLink,
	{transport, endpoint}: {readonly transport: string; readonly endpoint: string},
): Promise<BitsPerSecond> {
	const {sliceBytes, chunkBytes, carrySeconds} = brokerLoad;
	await using producer = new SiteProcess('producer', {prefix: link.prefix('a')});
	await using consumer = new SiteProcess('consumer', {prefix: link.prefix('a')});
	const setup = {
		transport,
		timeScale: 1,
		chunkBytes,
		sliceBytes,
		bufferedBytesMax: 1e12,
		frames: {encoding: 'raw', jpegQuality: 90, distinct: 8},
	} as const;
	producer.send(siteSetup(setup));
	consumer.send(siteSetup(setup));
	await Promise.all([producer.some('set-up'), consumer.some('set-up')]);
	const clock = startClock({inSeconds: 0.2});
	consumer.send(clock, openStream({source: {endpoint}}));
	await consumer.some('stream-opened');
	const sends = {firstPlannedSeconds: 0, everySeconds: 1e-6, endSeconds: 0.01};
	producer.send(clock, openStream({...next(endpoint), sends}));
	await realClock.sleep(0.2 + 1 + carrySeconds);
	const failed = [producer, consumer].flatMap(site => site.of('failed'));
	if (failed.length > 0) {
		throw new Error(`carrying chunks over ${transport} failed: ${JSON.stringify(failed)}`);
	}
	const counted = consumer
		.of('chunk-arrived')
		.filter(({arrivedSeconds}) => arrivedSeconds >= 1 && arrivedSeconds < 1 + carrySeconds);
	return (counted.reduce((sum, {bytes}) => sum + bytes, 0) * 8) / carrySeconds;
}
