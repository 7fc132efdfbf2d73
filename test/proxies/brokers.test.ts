import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {realClock} from '#core/clock.ts';
import {brokenWay} from '#core/control/broken-way.ts';
import type {BrokerSetup, BrokerStand} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {imageLaunch} from '#proxies/brokers/image-launch.ts';
import {natsSettings} from '#proxies/brokers/nats-settings.ts';
import {findNats} from '#proxies/brokers/nats-software.ts';
import {rabbitmqEnvironment, rabbitmqSettings} from '#proxies/brokers/rabbitmq-settings.ts';
import {findRabbitmq} from '#proxies/brokers/rabbitmq-software.ts';
import type {RunningBroker} from '#proxies/brokers/running-broker.ts';
import {startBroker} from '#proxies/brokers/start-broker.ts';
import {ChunkSender} from '#proxies/transports/chunk-sender.ts';
import {openSender} from '#proxies/transports/open-sender.ts';
import {formatQueueEndpoint, parseQueueEndpoint} from '#proxies/transports/queue-endpoint.ts';
import {type QueueListener, QueueReceiver} from '#proxies/transports/queue-receiver.ts';
import {sliceCount, sliceOf} from '#proxies/transports/slices.ts';
import type {Receiver, Sender, Slice} from '#proxies/transports/transport.ts';
import {loadTransport} from '#proxies/transports/transports.ts';
import {WindowedSender} from '#proxies/transports/windowed-sender.ts';
import {makeChunk} from '../support/data-plane.ts';
import {freeEndpoint} from '../support/free-endpoint.ts';
import {killProcess} from '../support/kill-process.ts';
import {skipReason} from '../support/skip-reason.ts';

const stand: BrokerStand = {
	site: 'edge',
	host: '198.18.0.2',
	port: 9092,
	controllerPort: 9093,
	readyWithinSeconds: 120,
	dataFolder: '/run/broker/edge',
	logFolder: '/runs/1/logs/edge',
};
const sliceBytes = 32_000;
/** A queue of the brokers of these tests has room for so many slices. */
const queueCount = 60;
const windowCount = 8;

const nats = {
	...stand,
	kind: 'nats',
	memoryBytes: 64e6,
	queueCount,
	windowCount,
	messageBytesMax: sliceBytes + 76,
} as const;
const rabbitmq = {...stand, kind: 'rabbitmq', memoryBytes: 512e6, queueBytes: queueCount * sliceBytes} as const;

test('an image starts its server by the name on its path, with our settings and nothing beside it', t => {
	const [ofNats, ofRabbitmq] = [imageLaunch(nats), imageLaunch(rabbitmq)];
	const natsFile = join(stand.logFolder, 'nats-server.conf');
	t.deepEqual(ofNats, {
		files: {[natsFile]: natsSettings(nats)},
		command: ['nats-server', '--config', natsFile],
		environment: {},
	});
	t.deepEqual(ofRabbitmq, {
		files: {[join(stand.logFolder, 'rabbitmq.conf')]: rabbitmqSettings(rabbitmq)},
		command: ['rabbitmq-server'],
		environment: rabbitmqEnvironment(rabbitmq),
	});
});

test('a scenario says how its brokers are, and is told where it says what cannot be', t => {
	const text = (stack: string) => `streambed: 1
title: t
topology:
  sites: {camera: {role: producer}, edge: {role: compute, tier: edge, workers: 4}, user: {role: consumer}}
  links:
    - {name: a, between: [camera, edge], rate: 100Mbit/s}
    - {name: b, between: [edge, user], rate: 100Mbit/s}
stack: ${stack}
workload: {requests: [{count: 1}]}
`;
	const stackOf = (stack: string) => parseScenario(text(stack), 'x.yaml').variants[0]?.scenario.stack;
	for (const kind of ['rabbitmq', 'nats'] as const) {
		t.like(stackOf(`{transport: ${kind}}`)?.broker, {kind, windowBytes: 1e6, queueBytes: 256e6});
		t.like(stackOf(`{transport: ${kind}, broker: {kind: ${kind}, window: 64kB, queue: 2MB}}`)?.broker, {
			windowBytes: 64_000,
			queueBytes: 2e6,
		});
	}
	const complaint = (stack: string) =>
		t.throws(() => parseScenario(text(stack), 'x.yaml'), {instanceOf: StreambedError}).message;
	t.regex(
		complaint('{transport: nats, broker: {kind: nats, window: 8kB}}'),
		/:8 .*stack\.broker\.window.*8000 bytes has no room for a slice of 32000 bytes/s,
	);
	t.regex(complaint('{transport: nats, broker: {kind: rabbitmq}}'), /:8 .*a rabbitmq broker serves no stack/s);
	t.regex(complaint('{transport: rabbitmq, broker: {kind: rabbitmq, acks: all}}'), /:8 .*acks/s);
	t.regex(complaint('{transport: mqtt}'), /:8 .*stack\.transport/s);
});

test('a NATS server is by itself, keeps streams in memory, and takes messages as large as slices', t => {
	t.is(
		natsSettings(nats),
		[
			...['server_name: "edge"', 'host: "198.18.0.2"', 'port: 9092', 'max_payload: 32076', 'write_deadline: "60s"'],
			...['jetstream {', 'store_dir: "/run/broker/edge"', 'max_memory_store: 64000000', 'max_file_store: 0', '}', ''],
		].join('\n'),
	);
});

test('a RabbitMQ server writes into its own folders alone, and has its other ports on the loopback device', t => {
	const lines = rabbitmqSettings(rabbitmq).trim().split('\n');
	t.true(lines.includes('listeners.tcp.1 = 198.18.0.2:9092'));
	t.true(lines.includes('loopback_users = none'));
	t.true(lines.includes('vm_memory_high_watermark.absolute = 512000000'));
	const environment = rabbitmqEnvironment(rabbitmq);
	for (const [name, value] of Object.entries(environment)) {
		if (value.startsWith('/') && value !== '/dev/null') {
			t.regex(value, /^\/(?:run\/broker|runs\/1\/logs)\/edge/, name);
		}
	}
	t.like(environment, {ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: '9093', RABBITMQ_DIST_PORT: '9094'});
});

test('an endpoint keeps all that it is made of, and nothing else is taken for one', t => {
	fc.assert(
		fc.property(
			fc.record({
				kind: fc.constantFrom('rabbitmq' as const, 'nats' as const),
				host: fc.constantFrom('198.18.0.2', '127.0.0.1'),
				port: fc.integer({min: 1, max: 65_535}),
				topic: fc.stringMatching(/^[a-z][a-z0-9.-]{0,40}[a-z]$/).filter(topic => !topic.includes('..')),
				windowCount: fc.integer({min: 1, max: 10_000}),
			}),
			endpoint => {
				t.deepEqual(parseQueueEndpoint(formatQueueEndpoint(endpoint)), endpoint);
			},
		),
	);
	for (const other of ['kafka://127.0.0.1:9092/topic?windowCount=1', 'nats://127.0.0.1:9092/topic']) {
		t.throws(() => parseQueueEndpoint(other), {instanceOf: TypeError});
	}
});

test('a sender has as many slices under way as its window, and the next one waits for a confirmation', async t => {
	const confirmations: Array<() => void> = [];
	await using sender = new WindowedSender({
		clock: realClock,
		windowCount: 2,
		store: () => new Promise(resolve => confirmations.push(resolve)),
		close: async () => {},
	});
	const [slice = {header: Buffer.alloc(0), payload: Buffer.alloc(0)}] = slicesOf(0);
	await sender.send(slice);
	await sender.send(slice);
	let isThrough = false;
	const third = sender.send(slice).then(() => {
		isThrough = true;
	});
	await realClock.sleep(0.02);
	t.false(isThrough);
	t.is(confirmations.length, 2);
	confirmations[0]?.();
	await third;
	t.is(confirmations.length, 3);
});

test('a source that breaks is told to whoever reads it, and the others go on', async t => {
	const listeners = new Map<string, QueueListener>();
	await using receiver = new QueueReceiver({
		clock: realClock,
		open: async (source, listener) => {
			listeners.set(source, listener);
			return {async [Symbol.asyncDispose]() {}};
		},
	});
	const broken = Promise.withResolvers<unknown>();
	await receiver.subscribe('here');
	await receiver.subscribe('there', broken.resolve);
	const gone = new StreambedError('NODE_LOST', 'the connection was closed');
	listeners.get('there')?.onError(gone);
	t.is(await broken.promise, gone);
	const sent = slicesOf(0);
	for (const slice of sent) {
		void listeners.get('here')?.onSlices([slice]);
	}
	t.deepEqual(await taken(receiver, sent.length), sent.map(digest));
});

test('behind a chunk that could not be sent the others wait, unsent, until their sender is disposed of', async t => {
	const gone = new StreambedError('NODE_LOST', 'the connection was closed');
	const errors: unknown[] = [];
	const asked: number[] = [];
	const left: number[] = [];
	const sender = new ChunkSender({
		sender: {send: () => Promise.reject(gone), async [Symbol.asyncDispose]() {}},
		clock: realClock,
		sliceBytes,
		bitsPerSecond: undefined,
		onError: error => errors.push(error),
	});
	const enqueue = (sequence: number) =>
		sender.enqueue({
			chunk: () => {
				asked.push(sequence);
				return makeChunk({sequence});
			},
			onGone: () => left.push(sequence),
		});
	enqueue(0);
	enqueue(1);
	await realClock.sleep(0.02);
	enqueue(2);
	await realClock.sleep(0.02);
	t.deepEqual({errors, asked, left}, {errors: [gone], asked: [0], left: [0]});
	await sender[Symbol.asyncDispose]();
	t.deepEqual({errors, asked, left}, {errors: [gone], asked: [0], left: [0, 1, 2]});
});

test('a program goes on without a stream whose other side has gone, and ends for anything else', t => {
	const said: unknown[] = [];
	const failures: unknown[] = [];
	const onError = brokenWay(
		{say: event => said.push(event), fail: error => failures.push(error)},
		{stream: 'stream-1', streamIndex: 4},
	);
	onError(new StreambedError('NODE_LOST', 'gone', {hint: 'look there'}));
	t.deepEqual(said, [{kind: 'stream-broken', stream: 'stream-1', streamIndex: 4, message: 'gone', hint: 'look there'}]);
	const others = [new StreambedError('LIMIT_REACHED', 'full'), new TypeError('a mistake')];
	others.forEach(onError);
	t.deepEqual(failures, others);
	t.is(said.length, 1);
});

const brokers = [
	{name: 'NATS', setup: nats, find: findNats},
	{name: 'RabbitMQ', setup: rabbitmq, find: findRabbitmq},
] as const;

for (const {name, setup, find} of brokers) {
	const lacking = skipReason(find);
	if (lacking !== undefined) {
		process.stderr.write(`skipped, what needs ${name}: ${lacking}\n`);
	}
	const brokerTest = lacking === undefined ? test.serial : test.serial.skip;

	brokerTest(
		`${name} hands slices out whole and in order, loses none in silence, refuses what has no room, and is missed when it ends`,
		async t => {
			const {broker, endpoint, lost} = await started(t, setup);
			await using _running = broker;
			const transport = await loadTransport(setup.kind);
			await using receiver = await transport.listen({endpoint: ''});

			await broker.makeTopics(['a.0.raw', 'b.0.raw', 'c.0.raw']);
			await t.throwsAsync(broker.makeTopics(['a.0.raw']), {
				code: 'NOT_VALID',
				message: /the broker at edge holds a\.0\.raw already/,
			});
			await t.throwsAsync(async () => receiver.subscribe?.(endpoint('unknown')), {code: 'NODE_LOST'});

			// Three times its window, and read only after all has been written.
			const sent = [0, 1, 2, 3, 4].flatMap(slicesOf);
			await using writer = await transport.connect({endpoint: endpoint('a.0.raw')});
			await sendAll(writer, sent);
			await receiver.subscribe?.(endpoint('a.0.raw'));
			t.deepEqual(await taken(receiver, sent.length), sent.map(digest));

			await using filler = await transport.connect({endpoint: endpoint('b.0.raw')});
			const error = await t.throwsAsync(
				sendAll(
					filler,
					Array.from({length: 3 * queueCount}, () => sent[0] as Slice),
					{pauseSeconds: 0.01},
				),
				{code: 'LIMIT_REACHED', message: /has no room for more of b\.0\.raw/},
			);
			t.regex((error as StreambedError).hint ?? '', /raise queue or memory of stack\.broker/);

			await using listener = await transport.listen({endpoint: ''});
			await listener.subscribe?.(endpoint('c.0.raw'));
			const broken = Promise.withResolvers<unknown>();
			await using survivor = await transport.listen({endpoint: ''});
			await survivor.subscribe?.(endpoint('a.0.raw'), broken.resolve);
			killProcess(broker.pid);
			t.regex((await lost).message, /the broker at edge ended \(signal SIGKILL\); its last lines: \S/);
			await t.throwsAsync(taken(listener, 1), {
				code: 'NODE_LOST',
				message: /reading c\.0\.raw from the broker at .* failed/,
			});
			await t.throwsAsync(sendAll(writer, sent, {pauseSeconds: 0.05}), {
				code: 'NODE_LOST',
				message: /writing to a\.0\.raw at the broker .* failed/,
			});
			t.like(await broken.promise, {code: 'NODE_LOST'});
			await using late = await openSender(transport, {endpoint: endpoint('a.0.raw')});
			await t.throwsAsync(late.send(sent[0] as Slice), {code: 'NODE_LOST', message: /^connecting to the broker at /});
		},
	);
}

/** A real broker on the loopback device. */
async function started(
	t: ExecutionContext,
	setup: BrokerSetup,
): Promise<{
	readonly broker: RunningBroker;
	readonly lost: Promise<StreambedError>;
	readonly endpoint: (topic: string) => string;
}> {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const [port = 0, controllerPort = 0] = (await Promise.all([freeEndpoint(), freeEndpoint()])).map(one =>
		Number(new URL(one).port),
	);
	const address = {host: '127.0.0.1', port};
	const lost = Promise.withResolvers<StreambedError>();
	const broker = await startBroker({
		setup: {...setup, ...address, controllerPort, dataFolder: join(folder, 'data'), logFolder: join(folder, 'logs')},
		clock: realClock,
		signal: AbortSignal.timeout(120_000),
		onLost: lost.resolve,
	});
	const kind = setup.kind === 'nats' ? 'nats' : 'rabbitmq';
	return {broker, lost: lost.promise, endpoint: topic => formatQueueEndpoint({kind, ...address, topic, windowCount})};
}

function slicesOf(sequence: number): Slice[] {
	const chunk = makeChunk({sequence});
	const count = sliceCount({chunkBytes: chunk.content.length, sliceBytes});
	return Array.from({length: count}, (_, sliceIndex) => sliceOf(chunk, {sliceIndex, sliceBytes}));
}

async function sendAll(sender: Sender, slices: readonly Slice[], {pauseSeconds = 0} = {}): Promise<void> {
	for (const slice of slices) {
		await sender.send(slice);
		if (pauseSeconds > 0) {
			await realClock.sleep(pauseSeconds);
		}
	}
}

/** The next slices, as texts that differ where they do. */
async function taken(receiver: Receiver, count: number): Promise<string[]> {
	const texts: string[] = [];
	for await (const slice of receiver) {
		texts.push(digest(slice));
		if (texts.length === count) {
			break;
		}
	}
	return texts;
}

const digest = ({header, payload}: Slice): string => `${header.toString('hex')} ${payload.toString('base64')}`;
