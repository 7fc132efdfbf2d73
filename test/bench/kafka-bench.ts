import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {realClock} from '#core/clock.ts';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import {loadScenario} from '#core/scenario/load.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import {findKafka} from '#proxies/brokers/kafka-software.ts';
import {formatKafkaEndpoint} from '#proxies/transports/kafka-endpoint.ts';
import {emulated} from '#testbeds/drive/emulated.ts';
import {namespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';
import {next, openStream, siteSetup, startClock} from '../support/data-plane.ts';
import {SiteProcess} from '../support/site-process.ts';
import {type BareLink, makeBareLink} from './bare-link.ts';
import type {BenchResult} from './bench-result.ts';

/** How soon three brokers are ready, and how much goes through one. */
export async function kafkaBench(): Promise<readonly BenchResult[]> {
	using folder = temporaryFolder();
	return [await brokersReady(folder.path), await carrying(folder.path)];
}

const readyMarkSeconds: Seconds = 15;

async function brokersReady(folder: string): Promise<BenchResult> {
	const scenario = loadScenario(join(import.meta.dirname, '../fixtures/kafka-run.yaml')).variants[0]?.scenario;
	if (!scenario) {
		throw new Error('the scenario of the tests has a variant');
	}
	await using run = await emulated(namespacesTestbed).prepare({
		scenario,
		seed: 1,
		label: 'bench/kafka/0',
		logFolder: join(folder, 'logs'),
		onPhase() {},
		emit() {},
		clock: realClock,
		signal: AbortSignal.timeout(120_000),
	});
	const value = run.setupSeconds.brokers ?? Number.NaN;
	return {
		name: 'three Kafka brokers, ready',
		value,
		unit: 's',
		target: `≤ ${readyMarkSeconds} s`,
		met: value <= readyMarkSeconds,
		detail: `from empty folders, formatting counted, beside five programs that prepare their frames; Kafka ${findKafka().version}`,
	};
}

const sliceBytes = 32_000;
const chunkBytes = 32 * sliceBytes;
const batchBytes = 128_000;
const lingerSeconds = 0.005;
const carrySeconds = 3;
const rounds = 2;
const shareMark = 0.8;
/** What a slice is as a record: its header of 76 bytes is the key. */
const recordBytes = sliceBytes + 76;

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
		ours.push(await chunkBitsPerSecond(link, setup, oursTopic));
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

/** The producer has more chunks due than it can send; counted is what the consumer checked, from its second second on. */
async function chunkBitsPerSecond(link: BareLink, {host, port}: KafkaSetup, topic: string): Promise<BitsPerSecond> {
	await using producer = new SiteProcess('producer', {prefix: link.prefix('a')});
	await using consumer = new SiteProcess('consumer', {prefix: link.prefix('a')});
	const endpoint = formatKafkaEndpoint({host, port, topic, acks: 'leader', batchBytes, lingerSeconds});
	const setup = {
		transport: 'kafka',
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
		throw new Error(`carrying chunks over Kafka failed: ${JSON.stringify(failed)}`);
	}
	const counted = consumer
		.of('chunk-arrived')
		.filter(({arrivedSeconds}) => arrivedSeconds >= 1 && arrivedSeconds < 1 + carrySeconds);
	return (counted.reduce((sum, {bytes}) => sum + bytes, 0) * 8) / carrySeconds;
}

function temporaryFolder(): Disposable & {readonly path: string} {
	const path = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	return {path, [Symbol.dispose]: () => rmSync(path, {recursive: true, force: true})};
}
