import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import anyTest, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import {isRunning} from '#core/processes.ts';
import type {SiteCredentials} from '#proxies/scistream/control/site-credentials.ts';
import type {WireStatus} from '#proxies/scistream/control-protocol.ts';
import type {DataServerKind} from '#proxies/scistream/data-servers/data-server.ts';
import {loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {makeAuthority} from '../support/certificates.ts';
import {accepts} from '../support/converse.ts';
import {freePort, loopback} from '../support/data-server-pair.ts';
import {dataServerTest} from '../support/data-server-test.ts';
import {openTunnel, type Tunnel} from '../support/tunnel.ts';

// One after the other: they share ports.
const test = anyTest.serial;
const testOf = await dataServerTest(test);

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
const payload = randomBytes(3_000_000);
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const served = join(folder, 'served');
mkdirSync(served);
writeFileSync(join(served, 'payload'), payload);

/** What a gateway of each side needs to encrypt, made once: by the authority that both trust, and by one that neither does. */
const site = await makeSites();

test.after.always(() => rmSync(folder, {recursive: true, force: true}));

async function makeSites() {
	const [ours, theirs] = [await makeAuthority(folder, 'ours'), await makeAuthority(folder, 'theirs')];
	const secret = (name: string): SiteCredentials => {
		const secretFile = join(folder, name);
		writeFileSync(secretFile, randomBytes(32).toString('hex'), {mode: 0o600});
		return {kind: 'shared-secret', secretFile};
	};
	const foreign = await theirs.sign('elsewhere.test');
	return {
		secret: secret('secret'),
		otherSecret: secret('other-secret'),
		producer: {kind: 'certificate', ...(await ours.sign('producer.test')), peerName: 'consumer.test'},
		consumer: {kind: 'certificate', ...(await ours.sign('consumer.test')), peerName: 'producer.test'},
		expired: {kind: 'certificate', ...(await ours.sign('consumer.test', {expired: true}))},
		foreign: {kind: 'certificate', ...foreign, authorityFile: ours.authorityFile},
	} as const satisfies Record<string, SiteCredentials>;
}

const credentialsOf = (kind: DataServerKind) =>
	({
		mtls: {producer: site.producer, consumer: site.consumer},
		stunnel: {producer: site.secret, consumer: site.secret},
	})[kind as 'mtls' | 'stunnel'] as {producer: SiteCredentials; consumer: SiteCredentials} | undefined;

/** Applications that others wrote: who serves, and who fetches through the tunnel and how one sees that all came. */
const applications = {
	iperf3: {
		serve: port => ['iperf3', '--server', '--one-off', '--bind', loopback, '--port', `${port}`],
		async use(t, {host, port}) {
			const {stdout} = await run('iperf3', ['-c', host, '-p', `${port}`, '-R', '-n', '50M', '--json']);
			const {end} = JSON.parse(stdout) as {end: {sum_received: {bytes: number}}};
			t.true(end.sum_received.bytes >= 50 * 1024 ** 2, `${end.sum_received.bytes} bytes arrived of 50 MiB`);
		},
	},
	curl: {
		serve: port => ['python3', '-m', 'http.server', '--bind', loopback, '--directory', served, `${port}`],
		async use(t, {host, port}) {
			const url = `http://${host}:${port}/payload`;
			const {stdout} = await run('curl', ['--silent', '--fail', '--max-time', '20', url], {
				encoding: 'buffer',
				maxBuffer: 1e7,
			});
			t.is(sha256(stdout), sha256(payload));
		},
	},
	socat: {
		serve: port => ['socat', `TCP-LISTEN:${port},bind=${loopback},reuseaddr,fork`, 'EXEC:sha256sum'],
		async use(t, {host, port}) {
			const file = join(served, 'payload');
			const {stdout} = await run('socat', ['-t', '10', `OPEN:${file},rdonly!!STDOUT`, `TCP:${host}:${port}`]);
			t.is(stdout.split(' ')[0], sha256(payload));
		},
	},
	rsync: {
		serve(port) {
			const configuration = join(folder, 'rsyncd.conf');
			writeFileSync(configuration, `use chroot = no\nuid = ${process.getuid?.() ?? 0}\n[served]\npath = ${served}\n`);
			const daemon = ['--daemon', '--no-detach', `--config=${configuration}`, `--address=${loopback}`];
			return ['rsync', ...daemon, `--port=${port}`];
		},
		async use(t, {host, port}) {
			const copy = mkdtempSync(join(folder, 'copy-'));
			await run('rsync', ['--archive', '--timeout=20', `rsync://${host}:${port}/served/`, copy]);
			t.is(sha256(readFileSync(join(copy, 'payload'))), sha256(payload));
		},
	},
} as const satisfies Record<
	string,
	{
		readonly serve: (port: number) => readonly string[];
		readonly use: (t: ExecutionContext, tunnel: Tunnel) => Promise<void>;
	}
>;

for (const {kind, names} of [
	{kind: 'relay', names: ['iperf3', 'socat']},
	{kind: 'mtls', names: ['curl', 'socat']},
	{kind: 'haproxy', names: ['rsync', 'socat']},
	{kind: 'nginx', names: ['curl', 'socat']},
	{kind: 'stunnel', names: ['rsync', 'socat']},
] as const) {
	for (const name of names) {
		testOf(kind, [name])(
			`${kind}: what ${name} fetches or sends across two control servers is whole, and nothing of it is left`,
			async t => {
				const factory = await loadDataServer(kind);
				const {serve, use} = applications[name];
				const port = await freePort();
				await using _ = await serving(serve(port), port);
				const credentials = credentialsOf(kind);
				await using tunnel = await openTunnel({
					factory,
					target: `${loopback}:${port}`,
					...(credentials && {credentials}),
				});
				await use(t, tunnel);
				const {producer, consumer} = await tunnel.status();
				for (const status of [producer, consumer]) {
					t.like(status, {state: 'active', data_server: kind, connections_refused: 0, last_refusal: '', restarts: 0});
					t.true((status.forward_bytes ?? 0) + (status.backward_bytes ?? 0) >= payload.length);
				}
				const [pids, folders] = [processesOf(tunnel), sessionFolders(tunnel)];
				t.deepEqual(pids.map(isRunning), [true, true]);
				t.deepEqual(folders.map(secretFiles), kind === 'stunnel' ? [['key'], ['key']] : [[], []]);
				await tunnel.release();
				t.deepEqual(folders.map(existsSync), [false, false]);
				t.deepEqual(await Promise.all(tunnel.listeners.map(accepts)), [false, false]);
				await tunnel[Symbol.asyncDispose]();
				t.deepEqual(pids.map(isRunning), [false, false]);
			},
		);
	}
}

for (const {what, kind, producer, consumer, seenBy, says} of [
	{
		what: 'another secret',
		kind: 'stunnel',
		producer: site.secret,
		consumer: site.otherSecret,
		seenBy: {producer: /secrets are not the same/, consumer: /secrets are not the same/},
		says: 'both',
	},
	{
		what: 'an expired certificate',
		kind: 'mtls',
		producer: site.producer,
		consumer: site.expired,
		seenBy: {producer: /CERT_HAS_EXPIRED/, consumer: /target broke the connection off after 0 bytes/},
		says: 'the producer’s',
	},
	{
		what: 'a certificate of another authority',
		kind: 'mtls',
		producer: site.producer,
		consumer: site.foreign,
		seenBy: {producer: /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/, consumer: /target broke the connection off/},
		says: 'the producer’s',
	},
	{
		what: 'a producer’s certificate of another authority',
		kind: 'mtls',
		producer: site.foreign,
		consumer: site.consumer,
		seenBy: {producer: /./, consumer: /unable to (?:verify|get)/},
		says: 'the consumer’s',
	},
] as const) {
	testOf(kind)(`${kind}: ${what} on one side lets nobody through, and the status of ${says} side says why`, async t => {
		const factory = await loadDataServer(kind);
		await using application = await listening(socket => socket.end('not for everybody'));
		await using tunnel = await openTunnel({factory, target: application.address, credentials: {producer, consumer}});
		const heard = await hear(tunnel);
		t.is(heard.bytes, 0);
		const told = ({producer, consumer}: Statuses) => producer.last_refusal !== '' && consumer.last_refusal !== '';
		const status = await eventually(() => tunnel.status(), told);
		t.regex(status.producer.last_refusal, seenBy.producer);
		t.regex(status.consumer.last_refusal, seenBy.consumer);
		t.is(application.connectionCount(), 0);
	});
}

for (const {kind, says} of [
	{kind: 'relay', says: /ECONNREFUSED/},
	{kind: 'mtls', says: /ECONNREFUSED/},
	{kind: 'haproxy', says: /could not be connected to/},
	{kind: 'nginx', says: /Connection refused/},
	{kind: 'stunnel', says: /Connection refused/},
] as const) {
	testOf(kind)(`${kind}: a producing application that is not there is told in the status`, async t => {
		const factory = await loadDataServer(kind);
		const credentials = credentialsOf(kind);
		const target = `${loopback}:${await freePort()}`;
		await using tunnel = await openTunnel({factory, target, ...(credentials && {credentials})});
		t.is((await hear(tunnel)).bytes, 0);
		const {producer} = await eventually(
			() => tunnel.status(),
			status => (status.producer.connections_refused ?? 0) > 0,
		);
		t.regex(producer.last_refusal, says);
	});
}

for (const kind of ['relay', 'mtls'] as const) {
	testOf(kind)(
		`${kind}: when it is killed in the middle of a transfer, neither application takes that for the end`,
		async t => {
			const ends: string[] = [];
			await using application = await listening(socket => {
				socket
					.on('end', () => ends.push('producer: end'))
					.on('error', ({message}) => ends.push(`producer: ${message}`));
				const send = () => {
					while (socket.writable && socket.write(payload)) {
						// Until the kernel takes no more.
					}
				};
				socket.on('drain', send);
				send();
			});
			const credentials = credentialsOf(kind);
			const factory = await loadDataServer(kind);
			await using tunnel = await openTunnel({
				factory,
				target: application.address,
				...(credentials && {credentials}),
			});
			const consumer = connect(tunnel.port, tunnel.host);
			consumer
				.on('end', () => ends.push('consumer: end'))
				.on('error', ({message}) => ends.push(`consumer: ${message}`));
			await once(consumer, 'data');
			for (const pid of new Set(processesOf(tunnel))) {
				process.kill(pid, 'SIGKILL');
			}
			await eventually(
				async () => ends.length,
				count => count >= 2,
			);
			consumer.destroy();
			t.deepEqual(
				ends.filter(end => end.includes('end')),
				[],
				ends.join(', '),
			);
			t.is(ends.length, 2, ends.join(', '));
			const {consumer: status} = await eventually(
				() => tunnel.status(),
				({producer: one, consumer: other}) => one.restarts === 1 && other.restarts === 1,
			);
			t.like(status, {state: 'active', restarts: 1});
			t.regex(status.reason, /SIGKILL/);
		},
	);
}

for (const kind of ['haproxy', 'nginx', 'stunnel'] as const) {
	testOf(kind)(
		`${kind}: when it is killed in the middle of a transfer, the status tells that it was, and when it is back it carries`,
		async t => {
			const factory = await loadDataServer(kind);
			const credentials = credentialsOf(kind);
			await using application = await listening(socket => socket.write(payload));
			await using tunnel = await openTunnel({
				factory,
				target: application.address,
				...(credentials && {credentials}),
			});
			t.true((await hear(tunnel, payload.length)).bytes >= payload.length);
			const [pid = 0] = processesOf(tunnel);
			process.kill(pid, 'SIGKILL');
			const {producer} = await eventually(
				() => tunnel.status(),
				status => status.producer.restarts === 1,
			);
			t.like(producer, {state: 'active', restarts: 1});
			t.regex(producer.reason, /SIGKILL/);
			t.true((await hear(tunnel, payload.length)).bytes >= payload.length);
		},
	);
}

type Statuses = {readonly producer: WireStatus; readonly consumer: WireStatus};

/** A program of others, once it listens; asked of the kernel, for one that serves once must not be connected to. */
async function serving(command: readonly string[], port: number): Promise<AsyncDisposable> {
	const [program = '', ...parameters] = command;
	const child: ChildProcess = spawn(program, parameters, {stdio: 'ignore'});
	const exit = once(child, 'exit');
	await eventually(
		async () => (await run('ss', ['-Hltn', `sport = :${port}`])).stdout,
		text => text !== '',
	);
	return {
		async [Symbol.asyncDispose]() {
			child.kill('SIGKILL');
			await exit;
		},
	};
}

async function listening(onConnection: (socket: Socket) => void) {
	const sockets = new Set<Socket>();
	const server = createServer({allowHalfOpen: true}, socket => {
		sockets.add(socket.on('error', () => {}));
		socket.resume();
		onConnection(socket);
	});
	await new Promise<void>(resolve => server.listen(0, loopback, resolve));
	const address = server.address();
	return {
		address: `${loopback}:${typeof address === 'object' ? address?.port : ''}`,
		connectionCount: () => sockets.size,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) {
				socket.destroy();
			}
			server.close();
		},
	};
}

/** Connects as a consumer does, and counts what comes until enough is there or the connection is over. */
async function hear({host, port}: Tunnel, enoughBytes = Number.POSITIVE_INFINITY): Promise<{readonly bytes: number}> {
	const socket = connect(port, host);
	let bytes = 0;
	socket.on('error', () => {});
	socket.on('data', data => {
		bytes += data.length;
		if (bytes >= enoughBytes) {
			socket.destroy();
		}
	});
	const {promise, resolve} = Promise.withResolvers<void>();
	socket.once('close', () => resolve());
	await Promise.race([promise, realClock.sleep(20)]);
	socket.destroy();
	return {bytes};
}

/** Repeats a look until it is as wanted, or ten seconds are over. */
async function eventually<Value>(look: () => Promise<Value>, wanted: (value: Value) => boolean): Promise<Value> {
	const limitNs = realClock.nowNs() + 10_000_000_000n;
	let value = await look();
	while (!wanted(value) && realClock.nowNs() < limitNs) {
		await realClock.sleep(0.05);
		value = await look();
	}
	return value;
}

const sessionFolders = ({producer, consumer}: Tunnel): readonly string[] =>
	[producer, consumer].flatMap(({stateFolder}) => {
		const sessions = join(stateFolder, 'sessions');
		return readdirSync(sessions).map(name => join(sessions, name));
	});

/** The process of the producer's data server and that of the consumer's, as the control servers have written them down. */
const processesOf = (tunnel: Tunnel): readonly number[] =>
	sessionFolders(tunnel).flatMap(session => {
		const [first = ''] = JSON.parse(readFileSync(join(session, 'processes.json'), 'utf8')) as readonly string[];
		return [Number(first.split(':')[0])];
	});

/** What lies in a session's folder that only its user may read. */
const secretFiles = (session: string): readonly string[] =>
	readdirSync(join(session, 'data')).filter(name => {
		const stat = statSync(join(session, 'data', name));
		return stat.isFile() && (stat.mode & 0o077) === 0;
	});
