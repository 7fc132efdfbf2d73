import {execFile, spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {realClock} from '#core/clock.ts';
import {isRunning} from '#core/processes.ts';
import {BufferPool} from '#proxies/scistream/data-servers/buffer-pool.ts';
import {endIdleCarriers, loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {haproxyConfiguration} from '#proxies/scistream/data-servers/haproxy-configuration.ts';
import {SequenceGaps} from '#proxies/scistream/data-servers/numbered-datagrams.ts';
import {Turns} from '#proxies/scistream/data-servers/turns.ts';
import {makeAuthority} from '../support/certificates.ts';
import {freePort, loopback, startPair} from '../support/data-server-pair.ts';
import {dataServerTest} from '../support/data-server-test.ts';

const testOf = await dataServerTest(test.serial);
const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'streambed-test-'));
const payload = randomBytes(3_000_000);
const payloadFile = join(folder, 'payload');
await writeFile(payloadFile, payload);
const payloadSha256 = createHash('sha256').update(payload).digest('hex');

test.after.always(async () => {
	await endIdleCarriers();
	await rm(folder, {recursive: true});
});

/** A program of others that serves on a port until it is disposed of. */
async function serving(command: readonly [string, ...string[]], port: number): Promise<AsyncDisposable> {
	const [program, ...parameters] = command;
	const child = spawn(program, parameters, {stdio: 'ignore'});
	const exit = once(child, 'exit');
	await reachable(port);
	return {
		async [Symbol.asyncDispose]() {
			child.kill('SIGKILL');
			await exit;
		},
	};
}

async function reachable(port: number): Promise<void> {
	for (let attempt = 0; attempt < 250; attempt++) {
		const socket = connect(port, loopback);
		const connected = await new Promise(resolve =>
			socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
		);
		socket.destroy();
		if (connected) {
			return;
		}
		await realClock.sleep(0.02);
	}
	throw new Error(`nothing listens on port ${port} after 5 s`);
}

/** Repeats a look until it is as wanted, or five seconds are over. */
async function eventually<Value>(look: () => Promise<Value>, wanted: (value: Value) => boolean): Promise<Value> {
	let value = await look();
	for (let attempt = 0; attempt < 250 && !wanted(value); attempt++) {
		await realClock.sleep(0.02);
		value = await look();
	}
	return value;
}

const tcpKinds = ['relay', 'mtls', 'haproxy', 'nginx', 'stunnel'] as const;

for (const kind of tcpKinds) {
	testOf(kind)(`${kind}: what socat sends arrives whole, and the answer comes after its end`, async t => {
		const factory = await loadDataServer(kind);
		const port = await freePort();
		await using _ = await serving(['socat', `TCP-LISTEN:${port},reuseaddr,fork`, 'EXEC:sha256sum'], port);
		await using pair = await startPair(factory, {target: {host: loopback, port}});
		const {stdout} = await run('socat', [
			'-t',
			'10',
			`OPEN:${payloadFile},rdonly!!STDOUT`,
			`TCP:${loopback}:${pair.port}`,
		]);
		t.is(stdout.split(' ')[0], payloadSha256);
		for (const server of [pair.inbound, pair.outbound]) {
			// Its end may be logged after the kernel has forgotten it.
			const counters = await eventually(
				() => server.counters(),
				({connectionsOpen, bytesForward, bytesBackward}) =>
					connectionsOpen === 0 && bytesForward === payload.length && bytesBackward === stdout.length,
			);
			t.like(counters, {
				bytesForward: payload.length,
				bytesBackward: stdout.length,
				connectionsOpen: 0,
				connectionsTotal: 1,
			});
		}
	});

	testOf(kind)(`${kind}: forty downloads by curl, each a connection of its own, are all whole`, async t => {
		const factory = await loadDataServer(kind);
		const port = await freePort();
		const http = ['python3', '-m', 'http.server', '--bind', loopback, '--directory', folder, `${port}`] as const;
		await using _ = await serving([...http], port);
		await using pair = await startPair(factory, {target: {host: loopback, port}});
		for (let round = 0; round < 40; round++) {
			const {stdout} = await run(
				'curl',
				['--silent', '--show-error', '--fail', '--max-time', '10', `http://${loopback}:${pair.port}/payload`],
				{
					encoding: 'buffer',
					maxBuffer: 1e7,
				},
			);
			t.true(stdout.equals(payload), `download ${round} differs`);
		}
		const counters = await eventually(
			() => pair.outbound.counters(),
			({connectionsTotal}) => connectionsTotal === 40,
		);
		t.is(counters.connectionsTotal, 40);
	});

	testOf(kind)(`${kind}: a consumer that stops reading stops the producer, and then gets all of it`, async t => {
		const factory = await loadDataServer(kind);
		const chunk = Buffer.alloc(1_000_000, 7);
		const chunkCount = 300;
		let sentCount = 0;
		await using producer = await listening(socket => {
			const send = () => {
				while (sentCount < chunkCount) {
					sentCount++;
					if (!socket.write(chunk)) {
						socket.once('drain', send);
						return;
					}
				}
				socket.end();
			};
			send();
		});
		await using pair = await startPair(factory, {target: {host: loopback, port: producer.port}});
		const consumer = connect({port: pair.port, host: loopback});
		await once(consumer, 'connect');
		consumer.pause();
		const stalledCount = await settled(() => sentCount);
		const memoryBytes = await Promise.all([...pair.inbound.pids, ...pair.outbound.pids].map(residentBytes));
		t.true(stalledCount < 150, `${stalledCount} MB left the producer while nobody read; at most 150 were expected`);
		t.true(
			memoryBytes.every(bytes => bytes < 200e6),
			`resident: ${memoryBytes.join(', ')} bytes; at most 200 MB each were expected`,
		);
		let arrivedBytes = 0;
		consumer.on('data', data => {
			arrivedBytes += data.length;
		});
		consumer.resume();
		await once(consumer, 'close', {signal: AbortSignal.timeout(20_000)});
		t.is(arrivedBytes, chunk.length * chunkCount);
	});
}

async function listening(onConnection: (socket: Socket) => void) {
	const server = createServer({allowHalfOpen: true}, socket => {
		socket.on('error', () => {});
		socket.resume();
		onConnection(socket);
	});
	await new Promise<void>(resolve => server.listen(0, loopback, resolve));
	const address = server.address();
	return {
		port: typeof address === 'object' ? (address?.port ?? 0) : 0,
		async [Symbol.asyncDispose]() {
			server.close();
		},
	};
}

/** A count, once it has not changed for a third of a second. */
async function settled(count: () => number): Promise<number> {
	for (let last = -1; last !== count(); ) {
		last = count();
		await realClock.sleep(0.35);
	}
	return count();
}

const residentBytes = async (pid: number) =>
	Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

for (const kind of ['relay', 'haproxy'] as const) {
	testOf(kind)(`${kind}: a limit holds over all connections of a session`, async t => {
		const factory = await loadDataServer(kind);
		const block = Buffer.alloc(1_000_000);
		await using producer = await listening(socket => {
			const send = (error?: Error | null): void => {
				if (!error) {
					socket.write(block, send);
				}
			};
			send();
		});
		const bitsPerSecond = 80e6;
		await using pair = await startPair(factory, {target: {host: loopback, port: producer.port}, bitsPerSecond});
		let bytes = 0;
		const sockets = [0, 1].map(() =>
			connect({port: pair.port, host: loopback}).on('data', data => {
				bytes += data.length;
			}),
		);
		await realClock.sleep(0.5);
		const [startBytes, startNs] = [bytes, realClock.nowNs()];
		await realClock.sleep(1.5);
		const measured = ((bytes - startBytes) * 8) / (Number(realClock.nowNs() - startNs) / 1e9);
		for (const socket of sockets) {
			socket.destroy();
		}
		t.true(
			measured > 0.8 * bitsPerSecond && measured < 1.1 * bitsPerSecond,
			`${measured} bit/s; asked: ${bitsPerSecond}, 80 to 110 % of it were expected`,
		);
	});
}

for (const {title, inbound, outbound, reason} of [
	{title: 'is expired', inbound: 'good', outbound: 'expired', reason: /CERT_HAS_EXPIRED|certificate has expired/},
	{
		title: 'is from an unknown authority',
		inbound: 'good',
		outbound: 'foreign',
		reason: /UNABLE_TO_VERIFY|unable to verify|self.signed|ISSUER/i,
	},
	{
		title: 'does not carry the name that was asked for',
		inbound: 'named',
		outbound: 'good',
		reason: /altnames|Host: other\.test/,
	},
] as const) {
	test.serial(
		`mtls: a peer whose certificate ${title} reaches no producer, and the reason can be asked for`,
		async t => {
			const factory = await loadDataServer('mtls');
			const certificates = await mkdtemp(join(folder, 'certificates-'));
			const [authority, other] = [
				await makeAuthority(certificates, 'ours'),
				await makeAuthority(certificates, 'theirs'),
			];
			const good = await authority.sign('site.test');
			const credentials = {
				good,
				named: {...good, peerName: 'other.test'},
				expired: await authority.sign('site.test', {expired: true}),
				foreign: {...(await other.sign('site.test')), authorityFile: authority.authorityFile},
			};
			let connections = 0;
			await using producer = await listening(() => connections++);
			await using pair = await startPair(factory, {
				target: {host: loopback, port: producer.port},
				credentials: {inbound: credentials[inbound], outbound: credentials[outbound]},
			});
			const consumer = connect({port: pair.port, host: loopback});
			const [error] = (await once(consumer, 'error', {signal: AbortSignal.timeout(10_000)})) as [NodeJS.ErrnoException];
			t.is(error.code, 'ECONNRESET');
			const counters = await eventually(
				() => pair.inbound.counters(),
				({refusedCount}) => refusedCount === 1,
			);
			t.regex(counters.lastRefusal ?? '', reason);
			t.is(connections, 0);
		},
	);
}

test.serial('a producer that nobody listens at resets the consumer, and is named', async t => {
	const port = await freePort();
	await using pair = await startPair(await loadDataServer('relay'), {target: {host: loopback, port}});
	const consumer = connect({port: pair.port, host: loopback});
	const [error] = (await once(consumer, 'error', {signal: AbortSignal.timeout(10_000)})) as [NodeJS.ErrnoException];
	t.is(error.code, 'ECONNRESET');
	t.regex((await pair.inbound.counters()).lastRefusal ?? '', new RegExp(`ECONNREFUSED.*${port}`));
});

for (const kind of ['relay', 'haproxy', 'nginx'] as const) {
	testOf(kind)(`${kind}: dies with the process that started it, killed without warning`, async t => {
		const fixture = join(import.meta.dirname, '../fixtures/hold-data-server.ts');
		const parameters = ['--import=tsx', fixture, kind, folder, `${await freePort()}`];
		const harness = spawn(process.execPath, parameters, {stdio: ['ignore', 'pipe', 'inherit']});
		const [text] = (await once(harness.stdout, 'data')) as [Buffer];
		const pids = `${text}`.trim().split(' ').map(Number);
		t.true(pids.length > 0 && pids.every(isRunning));
		harness.kill('SIGKILL');
		t.true(
			await eventually(
				async () => pids.every(pid => !isRunning(pid)),
				gone => gone,
			),
		);
	});

	testOf(kind)(
		`${kind}: says that it ended when it is killed, and gives its port back when it is disposed of`,
		async t => {
			const factory = await loadDataServer(kind);
			const pair = await startPair(factory, {target: {host: loopback, port: 9}});
			process.kill(pair.outbound.pids[0] ?? 0, 'SIGKILL');
			const end = await Promise.race([pair.outbound.ended, realClock.sleep(5)]);
			t.regex(end?.reason ?? 'it has said nothing for 5 s', /SIGKILL/);
			await pair[Symbol.asyncDispose]();
			t.false([...pair.inbound.pids].some(pid => kind !== 'relay' && isRunning(pid)));
			await t.throwsAsync(once(connect(pair.port, loopback), 'connect'), {code: 'ECONNREFUSED'});
		},
	);

	testOf(kind)(`${kind}: a port that is taken is an error that says so`, async t => {
		const factory = await loadDataServer(kind);
		await using taken = await listening(() => {});
		const options = {
			side: 'inbound',
			routes: [{listen: {host: loopback, port: taken.port}, target: {host: loopback, port: 9}}],
			folder: await mkdtemp(join(folder, 'taken-')),
			signal: AbortSignal.timeout(20_000),
			clock: realClock,
		} as const;
		await t.throwsAsync(factory.start(options), {code: 'DATA_SERVER_FAILED', message: /in use/i});
	});
}

for (const {kind, credentials, message} of [
	{kind: 'relay', credentials: {presharedKeyFile: 'x', identity: 'y'}, message: /relay encrypts nothing/},
	{kind: 'haproxy', credentials: {presharedKeyFile: 'x', identity: 'y'}, message: /haproxy encrypts nothing/},
	{kind: 'mtls', credentials: undefined, message: /mtls was given no certificate/},
	{kind: 'stunnel', credentials: undefined, message: /stunnel was given no pre-shared key/},
] as const) {
	test(`${kind} with credentials that it cannot use is refused`, async t => {
		const factory = await loadDataServer(kind);
		await t.throwsAsync(
			factory.start({
				side: 'inbound',
				routes: [],
				folder,
				signal: AbortSignal.timeout(1000),
				clock: realClock,
				...(credentials && {credentials}),
			}),
			{code: 'DATA_SERVER_FAILED', message},
		);
	});
}

test('HAProxy is told to wait for the silent as long as it can', t => {
	const text = haproxyConfiguration({routes: [], statsSocket: '/s', bufferBytes: 262_144});
	t.regex(text, /timeout client 2147483647ms\n\ttimeout server 2147483647ms\n/);
	t.regex(text, /tune\.bufsize 262144\n/);
});

test('a gap in the numbers is counted, one that comes late is taken back, and numbers go round', t => {
	const gaps = new SequenceGaps();
	for (const number of [0, 1, 5, 3]) {
		gaps.see(number);
	}
	t.is(gaps.lostCount, 2);
	const round = new SequenceGaps();
	for (const number of [0, 2_000_000_000, 4_000_000_000, 1]) {
		round.see(number);
	}
	t.is(round.lostCount, 2 ** 32 + 2 - 4);
});

test('buffers are used again, not made anew', t => {
	const pool = new BufferPool(1024);
	const first = pool.take();
	t.not(pool.take(), first);
	pool.giveBack(first);
	t.is(pool.take(), first);
});

test('proxies start one after another; one that takes long holds up the next only for so long, one that gives up not at all', async t => {
	const turns = new Turns({limitSeconds: 0.05});
	const order: string[] = [];
	const start = async (name: string, seconds: number, signal = new AbortController().signal) => {
		using _turn = await turns.next({clock: realClock, signal});
		order.push(`${name} begins`);
		await realClock.sleep(seconds);
		order.push(`${name} is there`);
	};
	const patience = new AbortController();
	const first = start('first', 0.01);
	const impatient = t.throwsAsync(start('impatient', 0, patience.signal), {message: 'enough'});
	const others = [start('slow', 0.3), start('last', 0.01)];
	patience.abort(new Error('enough'));
	await Promise.all([first, impatient, ...others]);
	t.deepEqual(order, [
		'first begins',
		'first is there',
		'slow begins',
		'last begins',
		'last is there',
		'slow is there',
	]);
});

test.serial('udp: datagrams come and go unchanged, and what a limit drops is counted', async t => {
	await using sockets = new AsyncDisposableStack();
	const socket = () => sockets.adopt(createSocket({type: 'udp4', recvBufferSize: 4e6}), one => void one.close());
	const [producer, consumer] = [socket(), socket()];
	await new Promise<void>(resolve => producer.bind(0, loopback, resolve));
	producer.on('message', (data, peer) => {
		for (let index = 0; index < 500; index++) {
			producer.send(Buffer.concat([data, Buffer.alloc(994)]), peer.port, peer.address);
		}
	});
	await using pair = await startPair(await loadDataServer('udp'), {
		target: {host: loopback, port: producer.address().port},
		bitsPerSecond: 4e6,
	});
	const arrived: Buffer[] = [];
	consumer.on('message', data => arrived.push(data));
	consumer.send('hello!', pair.port, loopback);
	const told = await eventually(
		async () => {
			const counters = await Promise.all([pair.inbound.counters(), pair.outbound.counters()]);
			return {lost: counters.map(({datagramsLost = 0}) => datagramsLost), arrivedCount: arrived.length};
		},
		({lost, arrivedCount}) => arrivedCount + (lost[0] ?? 0) + (lost[1] ?? 0) === 500,
	);
	t.true(arrived.length > 0 && arrived.every(data => data.length === 1000 && `${data.subarray(0, 6)}` === 'hello!'));
	const [inbound = 0, outbound = 0] = told.lost;
	t.true(inbound > 0, 'nothing was dropped by a limit of 4 Mbit/s');
	t.is(arrived.length + inbound + outbound, 500);
});
