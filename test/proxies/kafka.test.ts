import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {realClock} from '#core/clock.ts';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {type Scenario, scenarioSchema} from '#core/scenario/schema.ts';
import {startKafka} from '#proxies/brokers/kafka-broker.ts';
import {formatCommand, serveCommand} from '#proxies/brokers/kafka-commands.ts';
import {kafkaSettings} from '#proxies/brokers/kafka-settings.ts';
import {findKafka, findKafkaJars, requireJars} from '#proxies/brokers/kafka-software.ts';
import {lastLogLines} from '#proxies/brokers/last-log-lines.ts';
import {mountCommand} from '#proxies/brokers/mount-command.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import {subscriptionPlan} from '#proxies/runtime/subscription-plan.ts';
import {createKafka, kafka} from '#proxies/transports/kafka.ts';
import {formatKafkaEndpoint, parseKafkaEndpoint} from '#proxies/transports/kafka-endpoint.ts';
import {sliceCount, sliceOf} from '#proxies/transports/slices.ts';
import {failedError} from '#testbeds/drive/drive-errors.ts';
import {makeChunk} from '../support/data-plane.ts';
import {freeEndpoint} from '../support/free-endpoint.ts';
import {killProcess} from '../support/kill-process.ts';
import {skipReason} from '../support/skip-reason.ts';
import {VirtualClock} from '../support/virtual-clock.ts';

const lacking = skipReason(findKafka);
if (lacking !== undefined) {
	process.stderr.write(`skipped, what needs a broker: ${lacking}\n`);
}
const brokerTest = lacking === undefined ? test.serial : test.serial.skip;

const setup: KafkaSetup = {
	kind: 'kafka',
	site: 'edge',
	host: '198.18.0.2',
	port: 9092,
	controllerPort: 9093,
	heapBytes: 256 * 1024 ** 2,
	batchBytes: 128_000,
	retentionSeconds: 60,
	topicLogBytes: 256e6,
	readyWithinSeconds: 60,
	dataFolder: '/run/broker/edge',
	logFolder: '/runs/1/logs/edge',
	software: {java: '/usr/bin/java', jars: '/kafka/libs', version: '4.1.2'},
};

const scenarioOf = (stack: object, over: object = {}): Scenario =>
	scenarioSchema.parse({
		streambed: 1,
		title: 'A chain with a router in it',
		topology: {
			sites: {
				camera: {role: 'producer'},
				edge: {role: 'compute', tier: 'edge', workers: 4},
				exchange: {role: 'router'},
				core: {role: 'compute', tier: 'core', workers: 4},
				user: {role: 'consumer'},
			},
			links: [
				{name: 'a', between: ['camera', 'edge'], rate: '100Mbit/s'},
				{name: 'b', between: ['edge', 'exchange'], rate: '100Mbit/s'},
				{name: 'c', between: ['exchange', 'core'], rate: '100Mbit/s'},
				{name: 'd', between: ['core', 'user'], rate: '100Mbit/s'},
			],
		},
		stack,
		workload: {requests: [{count: 1}]},
		...over,
	});

const path = [
	{link: 'a', from: 'camera', to: 'edge'},
	{link: 'b', from: 'edge', to: 'exchange'},
	{link: 'c', from: 'exchange', to: 'core'},
	{link: 'd', from: 'core', to: 'user'},
];

test('each site writes to the next site’s broker and reads from its own; the consumer fetches from the last one', t => {
	const placement = [
		{stage: 'window-1', site: 'edge', serviceSeconds: 1},
		{stage: 'window-2', site: 'edge', serviceSeconds: 1},
		{stage: 'window-3', site: 'core', serviceSeconds: 1},
	];
	const stream = {stream: 'stream-3', streamIndex: 7, path, placement};
	t.deepEqual(subscriptionPlan(scenarioOf({transport: 'kafka'}), stream), [
		{topic: 'stream-3.7.0.raw', broker: 'edge', writer: 'camera', reader: 'edge'},
		{topic: 'stream-3.7.1.window-2', broker: 'core', writer: 'edge', reader: 'core'},
		{topic: 'stream-3.7.2.window-3', broker: 'core', writer: 'core', reader: 'user'},
	]);
	t.deepEqual(subscriptionPlan(scenarioOf({transport: 'zeromq'}), stream), []);
});

test('the brain gives every stream that it accepts topics of its own', t => {
	const brain = createBrain(scenarioOf({transport: 'kafka'}));
	const topics = ['r1', 'r2'].flatMap(request =>
		brain
			.handle({
				kind: 'request.arrived',
				t: 0,
				request: {
					request,
					atSeconds: 0,
					durationSeconds: 60,
					minimumResolutionRatio: 0.5,
					deadlineSeconds: 60,
					budgetUsdPerChunk: 1,
				},
			})
			.flatMap(action => (action.kind === 'accept' ? action.subscriptions.map(({topic}) => topic) : [])),
	);
	t.is(topics.length, 6);
	t.is(new Set(topics).size, 6, topics.join(', '));
});

test('a scenario says how its brokers are, and is told where it says what cannot be', t => {
	const {broker} = scenarioOf({
		transport: 'kafka',
		broker: {kind: 'kafka', nodes: 2, linger: '2ms', heap: '512MiB'},
	}).stack;
	t.like(broker, {nodes: 2, acks: 'leader', lingerSeconds: 0.002, heapBytes: 512 * 1024 ** 2, batchBytes: 128_000});
	t.is(scenarioOf({}).stack.broker, undefined);

	const text = (stack: string, links = '') => `streambed: 1
title: t
topology:
  sites: {camera: {role: producer}, edge: {role: compute, tier: edge, workers: 4}, user: {role: consumer}}
  links:
    - {name: a, between: [camera, edge], rate: 100Mbit/s}
    - {name: b, between: [edge, user], rate: 100Mbit/s}
${links}
stack: ${stack}
workload: {requests: [{count: 1}]}
`;
	const complaint = (...parameters: Parameters<typeof text>) =>
		t.throws(() => parseScenario(text(...parameters), 'x.yaml'), {instanceOf: StreambedError}).message;
	t.regex(
		complaint('{transport: kafka, broker: {kind: kafka, nodes: 3}}'),
		/:9 .*stack\.broker\.nodes.*3 brokers.*at each compute site: 1/s,
	);
	t.regex(complaint('{broker: {kind: kafka}}'), /:9 .*a kafka broker serves no stack whose transport is zeromq/s);
	t.regex(
		complaint('{transport: kafka, broker: {kind: kafka}}', '    - {name: c, between: [camera, user], rate: 1Gbit/s}'),
		/:9 .*from the producer to user past every compute site/s,
	);
	t.notThrows(() => parseScenario(text('{transport: kafka}'), 'x.yaml'));
});

test('a broker’s settings are a cluster of its own, reached at its site’s address, with bounded logs', t => {
	const lines = kafkaSettings(setup).trim().split('\n');
	for (const line of [
		'process.roles=broker,controller',
		'listeners=PLAINTEXT://198.18.0.2:9092,CONTROLLER://127.0.0.1:9093',
		'advertised.listeners=PLAINTEXT://198.18.0.2:9092',
		'auto.create.topics.enable=false',
		'log.retention.ms=60000',
		'log.retention.bytes=256000000',
	]) {
		t.true(lines.includes(line), line);
	}
	t.is(new Set(lines.map(line => line.split('=')[0])).size, lines.length, 'nothing is set twice');
});

test('commands are lists of arguments: formatting, serving, and the file system of the logs', t => {
	const serve = serveCommand(setup);
	t.is(serve[0], '/usr/bin/java');
	t.true(serve.includes('-Xmx262144k'));
	t.deepEqual(serve.slice(-4), ['-cp', '/kafka/libs/*', 'kafka.Kafka', '/runs/1/logs/edge/server.properties']);
	t.false(serve.some(argument => argument.includes('SharedArchive')));
	const archived = serveCommand({...setup, software: {...setup.software, classArchive: '/kafka/classes.jsa'}});
	t.true(archived.includes('-XX:SharedArchiveFile=/kafka/classes.jsa'));
	const clusterId = (site: string) => {
		const command = formatCommand({...setup, site});
		return command[command.indexOf('--cluster-id') + 1] ?? '';
	};
	t.regex(clusterId('edge'), /^[A-Za-z0-9][\w-]{21}$/);
	t.not(clusterId('edge'), clusterId('core'));
	t.deepEqual(mountCommand({mount: '/m', folder: '/d', bytes: 5}), [
		'/m',
		'-t',
		'tmpfs',
		'-o',
		'size=5',
		'tmpfs',
		'/d',
	]);
});

test('an endpoint keeps all that it is made of, and nothing else is taken for one', t => {
	fc.assert(
		fc.property(
			fc.record({
				host: fc.constantFrom('198.18.0.2', '127.0.0.1'),
				port: fc.integer({min: 1, max: 65_535}),
				topic: fc.stringMatching(/^[a-z][a-z0-9.-]{0,40}[a-z]$/).filter(topic => !topic.includes('..')),
				acks: fc.constantFrom('none' as const, 'leader' as const, 'all' as const),
				batchBytes: fc.integer({min: 1000, max: 4_000_000}),
				lingerSeconds: fc.integer({min: 0, max: 1000}).map(ms => ms / 1000),
			}),
			endpoint => {
				t.deepEqual(parseKafkaEndpoint(formatKafkaEndpoint(endpoint)), endpoint);
			},
		),
	);
	t.throws(() => parseKafkaEndpoint('tcp://127.0.0.1:9092/topic'), {instanceOf: TypeError});
});

test('Kafka is found where it is said to be, and what is missing is told with the command that brings it', t => {
	const home = temporaryFolder(t);
	const environment = {PATH: process.env.PATH, STREAMBED_KAFKA_HOME: home};
	const refused = (hint: RegExp, over: NodeJS.ProcessEnv = {}) => {
		const error = t.throws(() => findKafka({...environment, ...over}), {instanceOf: StreambedError});
		t.is(error.exitCode, 3);
		t.regex(error.hint ?? '', hint);
	};
	const java = join(home, 'bin/java');
	mkdirSync(join(home, 'bin'));
	writeFileSync(java, '', {mode: 0o755});
	const withJava = {JAVA_HOME: home};
	refused(/install-kafka\.sh, or correct STREAMBED_KAFKA_HOME/, withJava);
	mkdirSync(join(home, 'libs'));
	refused(/install-kafka\.sh/, withJava);
	writeFileSync(join(home, 'libs/kafka_2.13-4.1.2.jar'), '');
	t.deepEqual(findKafkaJars(environment), {jars: join(home, 'libs'), version: '4.1.2'}, "where Java is an image's");
	t.deepEqual(findKafka({...environment, ...withJava}), {java, jars: join(home, 'libs'), version: '4.1.2'});
	writeFileSync(join(home, 'classes.jsa'), '');
	t.is(findKafka({...environment, ...withJava}).classArchive, join(home, 'classes.jsa'));
});

test('a broker whose machine has no jars, or those of another version, says which, and where they are to come', t => {
	const jars = temporaryFolder(t);
	const refused = (version: string, folder = jars) =>
		t.throws(() => requireJars({site: 'edge', software: {java: 'java', jars: folder, version}}), {
			instanceOf: StreambedError,
			code: 'TOOL_MISSING',
		});
	writeFileSync(join(jars, 'kafka_2.13-4.1.2.jar'), '');
	t.notThrows(() => requireJars({site: 'edge', software: {java: 'java', jars, version: '4.1.2'}}));
	const other = refused('4.2.0');
	t.is(other.message, `the broker at edge is to run on Kafka 4.2.0, and in ${jars} there is 4.1.2`);
	t.regex(other.hint ?? '', /install-kafka\.sh, on the machine where edge stands/);
	t.regex(refused('4.1.2', join(jars, 'libs')).message, /there are no jars$/);
	const {code, message} = other;
	t.like(failedError('edge', {code, message}), {code: 'TOOL_MISSING', exitCode: 3, message: `edge: ${message}`});
	t.like(failedError('edge', {code: 'TIMED_OUT', message: 'late'}), {code: 'NODE_LOST'});
});

test('of a log the errors are told, or its last lines where it has none', t => {
	const log = join(temporaryFolder(t), 'broker.log');
	writeFileSync(log, 'one INFO a\ntwo INFO b\n\tat x.Y(Z.java:1)\n');
	t.is(lastLogLines(log), 'one INFO a | two INFO b');
	writeFileSync(log, '1 INFO a\n2 ERROR no space (x)\njava.io.IOException: full\n\tat x.Y\n3 INFO c\n');
	t.is(lastLogLines(log), '2 ERROR no space (x) | java.io.IOException: full');
	writeFileSync(log, 'one INFO a\n  and more of it\n');
	t.is(lastLogLines(log), 'one INFO a | and more of it');
	t.regex(lastLogLines('/nowhere/broker.log'), /ENOENT/);
	writeFileSync(log, '');
	t.is(lastLogLines(log), 'it has written none yet');
});

brokerTest(
	'slices come out of a broker in the order they went in, whole, from the beginning, whatever the batches are',
	async t => {
		await using broker = await startBroker(t);
		const slicesOf = (sequence: number) => {
			const chunk = makeChunk({sequence});
			const count = sliceCount({chunkBytes: chunk.content.length, sliceBytes: 32_000});
			return Array.from({length: count}, (_, sliceIndex) => sliceOf(chunk, {sliceIndex, sliceBytes: 32_000}));
		};
		const sent = [0, 1, 2, 3].flatMap(slicesOf);
		// On its clock nothing comes to an end: what is written without a linger waits for no timer.
		const timeless = createKafka({clock: new VirtualClock()});
		for (const [topic, writing, settings] of [
			['alone', kafka, {acks: 'all', batchBytes: 1000, lingerSeconds: 0}],
			['together', kafka, {acks: 'leader', batchBytes: 200_000, lingerSeconds: 0.02}],
			['unasked', kafka, {acks: 'none', batchBytes: 64_000, lingerSeconds: 0.005}],
			['at-once', timeless, {acks: 'leader', batchBytes: 4_000_000, lingerSeconds: 0}],
		] as const) {
			await broker.makeTopics([topic]);
			const endpoint = formatKafkaEndpoint({...broker.address, topic, ...settings});
			await using receiver = await kafka.listen({endpoint: ''});
			await using _subscription = await receiver.subscribe?.(endpoint);
			await using sender = await writing.connect({endpoint});
			for (const slice of sent) {
				await sender.send(slice);
			}
			let index = 0;
			for await (const {header, payload} of receiver) {
				t.true(header.equals(sent[index]?.header ?? Buffer.alloc(0)), `${topic}: header ${index}`);
				t.true(payload.equals(sent[index]?.payload ?? Buffer.alloc(0)), `${topic}: payload ${index}`);
				index++;
				if (index === sent.length) {
					break;
				}
			}
			t.is(index, sent.length);
		}
	},
);

brokerTest(
	'a topic that exists is refused, one that does not is not read, and a broker that ends is noticed',
	async t => {
		await using broker = await startBroker(t);
		await broker.makeTopics(['taken']);
		await t.throwsAsync(broker.makeTopics(['taken']), {
			instanceOf: StreambedError,
			code: 'NOT_VALID',
			message: /the broker at edge holds taken already/,
		});
		const endpoint = (topic: string) =>
			formatKafkaEndpoint({...broker.address, topic, acks: 'leader', batchBytes: 1000, lingerSeconds: 0});
		await using receiver = await kafka.listen({endpoint: ''});
		await t.throwsAsync(async () => receiver.subscribe?.(endpoint('unknown')), {message: /has no topic unknown/});

		await using sender = await kafka.connect({endpoint: endpoint('taken')});
		await receiver.subscribe?.(endpoint('taken'));
		killProcess(broker.pid);
		t.regex((await broker.lost).message, /the broker at edge ended \(signal SIGKILL\)/);
		await t.throwsAsync(
			async () => {
				for await (const _ of receiver) {
					t.fail('nothing was written');
				}
			},
			{instanceOf: StreambedError, message: /reading taken from the broker at .* failed/},
		);
		await t.throwsAsync(
			async () => {
				for (;;) {
					await sender.send({header: Buffer.alloc(76), payload: Buffer.alloc(1000)});
				}
			},
			{instanceOf: StreambedError, message: /writing to taken at the broker .* failed/},
		);
	},
);

type TestBroker = AsyncDisposable & {
	readonly address: {readonly host: string; readonly port: number};
	readonly pid: number | undefined;
	readonly lost: Promise<StreambedError>;
	makeTopics(topics: readonly string[]): Promise<void>;
};

/** A real broker on the loopback device. */
async function startBroker(t: ExecutionContext): Promise<TestBroker> {
	const folder = temporaryFolder(t);
	const [port, controllerPort] = (await Promise.all([freeEndpoint(), freeEndpoint()])).map(endpoint =>
		Number(new URL(endpoint).port),
	) as [number, number];
	const lost = Promise.withResolvers<StreambedError>();
	const address = {host: '127.0.0.1', port};
	const broker = await startKafka({
		setup: {
			...setup,
			...address,
			controllerPort,
			dataFolder: join(folder, 'data'),
			logFolder: join(folder, 'logs'),
			software: findKafka(),
		},
		clock: realClock,
		signal: AbortSignal.timeout(120_000),
		onLost: lost.resolve,
	});
	return {
		address,
		pid: broker.pid,
		lost: lost.promise,
		makeTopics: topics => broker.makeTopics(topics),
		[Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
	};
}

function temporaryFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}
