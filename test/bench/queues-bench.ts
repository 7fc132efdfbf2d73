import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {BrokerSetup} from '#core/control/broker-messages.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import {brokerParts} from '#proxies/brokers/broker-parts.ts';
import {chunkHeaderBytes} from '#proxies/transports/chunk-header.ts';
import {formatQueueEndpoint} from '#proxies/transports/queue-endpoint.ts';
import {SiteProcess} from '../support/site-process.ts';
import {makeBareLink} from './bare-link.ts';
import type {BenchResult} from './bench-result.ts';
import {brokerLoad, chunksThroughBroker} from './chunks-through-broker.ts';
import {threeBrokersReady} from './three-brokers-ready.ts';

/** How soon three brokers are ready, and how much goes through one. */
export async function queuesBench(kind: 'rabbitmq' | 'nats'): Promise<readonly BenchResult[]> {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		return [await ready(folder, kind), await carrying(folder, kind)];
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

const names = {rabbitmq: 'RabbitMQ', nats: 'NATS'} as const;
const readyMarksSeconds: Readonly<Record<keyof typeof names, Seconds>> = {rabbitmq: 15, nats: 2};
/** The links of an emulation on one machine come to no more than this. */
const carryMarkBitsPerSecond: BitsPerSecond = 1e9;
const rounds = 3;
const windowCount = 31;
const queueBytes = 2e9;

async function ready(folder: string, kind: keyof typeof names): Promise<BenchResult> {
	const value = await threeBrokersReady(folder, {kind});
	const mark = readyMarksSeconds[kind];
	const version = (await brokerParts()).find(({name}) => name === names[kind])?.detail.split(',')[0];
	return {
		name: `three brokers of ${names[kind]}, ready`,
		value,
		unit: 's',
		target: `≤ ${mark} s`,
		met: value <= mark,
		detail: `from empty folders, beside five programs that prepare their frames; ${version}`,
	};
}

/** The broker stands at one end of a link, writer and reader at the other. */
async function carrying(folder: string, kind: keyof typeof names): Promise<BenchResult> {
	await using link = await makeBareLink();
	await using broker = new SiteProcess('broker-node', {prefix: link.prefix('b')});
	const address = {host: link.address, port: 9092};
	broker.send({kind: 'setup-broker', setup: setupOf(kind, {folder, ...address})});
	await broker.first('set-up');
	const topics = Array.from({length: rounds + 1}, (_, round) => `round.${round}`);
	broker.send({kind: 'make-topics', id: 0, topics});
	await broker.first('topics-made');
	const carried: BitsPerSecond[] = [];
	for (const topic of topics) {
		const endpoint = formatQueueEndpoint({kind, ...address, topic, windowCount});
		carried.push(await chunksThroughBroker(link, {transport: kind, endpoint}));
	}
	// The first found a broker whose code nobody had run yet.
	const value = carried.slice(1).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
	return {
		name: `${names[kind]}, producer to consumer over unshaped links, one stream`,
		value: value / 1e9,
		unit: 'Gbit/s',
		target: `≥ ${carryMarkBitsPerSecond / 1e9} Gbit/s`,
		met: value >= carryMarkBitsPerSecond,
		detail: [
			`${carried.map(one => (one / 1e9).toFixed(2)).join(', ')} Gbit/s, the first not counted`,
			`slices of ${brokerLoad.sliceBytes} bytes, ${windowCount} under way, each confirmed and acknowledged`,
			'every content hash checked',
		].join('; '),
	};
}

function setupOf(
	kind: keyof typeof names,
	{folder, host, port}: {readonly folder: string; readonly host: string; readonly port: number},
): BrokerSetup {
	const stand = {
		site: 'b',
		host,
		port,
		controllerPort: 9093,
		readyWithinSeconds: 60,
		dataFolder: join(folder, 'data'),
		dataBytes: 8e9,
		logFolder: join(folder, 'broker'),
	};
	const messageBytesMax = brokerLoad.sliceBytes + chunkHeaderBytes;
	return kind === 'rabbitmq'
		? {...stand, kind, memoryBytes: 4e9, queueBytes}
		: {
				...stand,
				kind,
				memoryBytes: 4e9,
				queueCount: Math.floor(queueBytes / messageBytesMax),
				windowCount,
				messageBytesMax,
			};
}
