import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import {findKafka} from '#proxies/brokers/kafka-software.ts';
import {formatKafkaEndpoint} from '#proxies/transports/kafka-endpoint.ts';
import {SiteProcess} from '../support/site-process.ts';
import {type BareLink, makeBareLink} from './bare-link.ts';
import type {BenchResult} from './bench-result.ts';
import {brokerLoad, chunksThroughBroker} from './chunks-through-broker.ts';
import {threeBrokersReady} from './three-brokers-ready.ts';

/** How soon three brokers are ready, and how much goes through one. */
export async function kafkaBench(): Promise<readonly BenchResult[]> {
	using folder = temporaryFolder();
	return [await brokersReady(folder.path), await carrying(folder.path)];
}

const readyMarkSeconds: Seconds = 15;

async function brokersReady(folder: string): Promise<BenchResult> {
	const value = await threeBrokersReady(folder, {kind: 'kafka'});
	return {
		name: 'three Kafka brokers, ready',
		value,
		unit: 's',
		target: `≤ ${readyMarkSeconds} s`,
		met: value <= readyMarkSeconds,
		detail: `from empty folders, formatting counted, beside five programs that prepare their frames; Kafka ${findKafka().version}`,
	};
}

const batchBytes = 128_000;
const lingerSeconds = 0.005;
const rounds = 2;
const shareMark = 0.8;
/** What a slice is as a record: its header of 76 bytes is the key. */
const recordBytes = brokerLoad.sliceBytes + 76;

/** The broker stands at one end of a link, writer and reader at the other; the two kinds of them take turns at it. */
async function carrying(folder: string): Promise<BenchResult> {
	await using link = await makeBareLink();
	await using broker = new SiteProcess('broker-node', {prefix: link.prefix('b')});
	const setup: KafkaSetup = {
		kind: 'kafka',
		site: 'b',
		host: link.address,
		port: 9092,
		controllerPort: 9093,
		heapBytes: 512 * 1024 ** 2,
		batchBytes,
		retentionSeconds: 15,
		topicLogBytes: 2e9,
		readyWithinSeconds: 60,
		dataFolder: join(folder, 'data'),
		dataBytes: 8e9,
		logFolder: join(folder, 'broker'),
		software: findKafka(),
	};
	broker.send({kind: 'setup-broker', setup});
	await broker.first('set-up');
	const topics = Array.from({length: rounds + 1}, (_, round) => [`ours-${round}`, `theirs-${round}`]);
	broker.send({kind: 'make-topics', id: 0, topics: topics.flat()});
	await broker.first('topics-made');
	const ours: BitsPerSecond[] = [];
	const theirs: BitsPerSecond[] = [];
	for (const [oursTopic = '', theirsTopic = ''] of topics) {
		theirs.push(await perfToolBitsPerSecond(link, setup, theirsTopic));
		const endpoint = formatKafkaEndpoint({
			...{host: setup.host, port: setup.port, topic: oursTopic},
			...({acks: 'leader', batchBytes, lingerSeconds} as const),
		});
		ours.push(await chunksThroughBroker(link, {transport: 'kafka', endpoint}));
	}
	// The first of each found a broker whose code nobody had run yet.
	const ratio = mean(ours.slice(1)) / mean(theirs.slice(1));
	return {
		name: 'Kafka, producer to consumer over unshaped links: share of what its own performance tools get there',
		value: ratio,
		unit: 'ratio',
		target: `≥ ${shareMark}`,
		met: ratio >= shareMark,
		detail: [
			`${gigabits(ours)} against ${gigabits(theirs)} Gbit/s in turn, the first of each not counted`,
			`records of ${recordBytes} bytes, batches of ${batchBytes} bytes, linger 5 ms, acks of the leader, one partition`,
			'ours with every content hash checked',
		].join('; '),
	};
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const gigabits = (values: readonly number[]) => values.map(value => (value / 1e9).toFixed(2)).join(', ');

/** Writer and reader of Kafka's own at the same time: what the reader got, from its second second of data on. */
async function perfToolBitsPerSecond(link: BareLink, setup: KafkaSetup, topic: string): Promise<BitsPerSecond> {
	const bootstrap = `${setup.host}:${setup.port}`;
	const recordCount = 25_000;
	const readEveryMs = 250;
	const consumer = start(link, setup, 'ConsumerPerformance', [
		...['--bootstrap-server', bootstrap, '--topic', topic, '--messages', `${recordCount}`],
		...['--timeout', '10000', '--show-detailed-stats', '--hide-header'],
		...['--reporting-interval', `${readEveryMs}`],
	]);
	const producer = start(link, setup, 'ProducerPerformance', [
		...['--topic', topic, '--num-records', `${recordCount}`, '--record-size', `${recordBytes}`, '--throughput', '-1'],
		...['--producer-props', `bootstrap.servers=${bootstrap}`, 'acks=1', `batch.size=${batchBytes}`],
		...[`linger.ms=${lingerSeconds * 1000}`, 'buffer.memory=67108864'],
	]);
	const [, report] = await Promise.all([producer, consumer]);
	// time, thread, MB so far, MB/s, messages so far, …: the tool's MB are MiB.
	const samples = report
		.split('\n')
		.map(line => line.split(',').map(field => field.trim()))
		.filter(fields => /^\d{4}-/.test(fields[0] ?? ''))
		.map(([time = '', , mebibytes]) => ({atSeconds: timeOf(time), bytes: Number(mebibytes) * 1024 ** 2}))
		.filter(({bytes}) => bytes > 0);
	const begin = samples.find(({atSeconds}) => atSeconds >= (samples[0]?.atSeconds ?? 0) + 1);
	const end = samples.at(-1);
	if (!begin || !end || end.atSeconds <= begin.atSeconds) {
		throw new Error(`ConsumerPerformance said too little: ${report}`);
	}
	return ((end.bytes - begin.bytes) * 8) / (end.atSeconds - begin.atSeconds);
}

/** `2026-01-31 12:00:00:250`, as the tool writes instants. */
const timeOf = (stamp: string): Seconds => Date.parse(stamp.replace(' ', 'T').replace(/:(\d{3})$/, '.$1')) / 1000;

async function start(
	{prefix}: BareLink,
	{software}: KafkaSetup,
	tool: string,
	parameters: readonly string[],
): Promise<string> {
	const [file = '', ...command] = [
		...prefix('a'),
		software.java,
		...['-Xmx512m', '-cp', join(software.jars, '*'), `org.apache.kafka.tools.${tool}`, ...parameters],
	];
	const child = spawn(file, command, {stdio: ['ignore', 'pipe', 'pipe']});
	const said = Promise.all([text(child.stdout), text(child.stderr)]);
	const [code] = (await once(child, 'close')) as [number | null];
	const [stdout, stderr] = await said;
	if (code !== 0) {
		throw new Error(`${tool} ended with ${code}: ${stderr}${stdout}`);
	}
	return stdout;
}

function temporaryFolder(): Disposable & {readonly path: string} {
	const path = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	return {path, [Symbol.dispose]: () => rmSync(path, {recursive: true, force: true})};
}
