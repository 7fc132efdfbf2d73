import {once} from 'node:events';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest from 'ava';
import {realClock} from '#core/clock.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {OriginalLikeServer} from '../fixtures/original-like-server.ts';
import {CliProcess, runCli} from '../support/cli-process.ts';
import {makeCertificate, startApplication} from '../support/control-server.ts';
import {accepts, converse} from '../support/converse.ts';

// One after the other: each is a process of its own, and they share ports.
const test = anyTest.serial;

const denied = await deniedNamespaces();
const namespacesTest = denied ? test.skip : test;

const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

/** A control server of the built program, once it listens; ended by its signal, or killed when it is disposed of. */
async function serve(name: string, parameters: readonly string[], prefix: readonly string[] = []) {
	const state = join(folder, name);
	const server = new CliProcess(['control-server', '--listen', '127.0.0.1:25001', '--state', state, ...parameters], {
		prefix,
	});
	await server.until('listening', () => server.stdout.includes('listening'), 20);
	return server;
}

test('one call sets up both sides, status tells of them, and release and a signal leave nothing', async t => {
	await using producer = await serve('both-p', ['--data-ports', '21340-21349', '--json']);
	await using consumer = await serve('both-c', ['--listen', '127.0.0.1:25002', '--data-ports', '21350-21359']);
	await using application = await startApplication('across');
	t.regex(consumer.stdout, /^listening at 127\.0\.0\.1:25002, data server relay\n$/);
	t.deepEqual(JSON.parse(producer.stdout), {listening: '127.0.0.1:25001', dataServer: 'relay'});
	const servers = ['--s2cs', '127.0.0.1:25001', '--consumer-s2cs', '127.0.0.1:25002'];
	const request = await runCli([
		'request',
		'both',
		...servers,
		'--target',
		application.address,
		'--rate',
		'80Mbit/s',
		'--json',
	]);
	t.is(request.exitCode, 0, request.stderr);
	const {uid, inbound, outbound} = JSON.parse(request.stdout);
	t.regex(uid, /^[0-9a-f]{32}$/);
	t.is(await converse(outbound.listeners[0], {say: '!', enough: 7}), 'across!');
	const status = await runCli(['status', uid, '--s2cs', '127.0.0.1:25002', '--json']);
	t.like(JSON.parse(status.stdout), {
		state: 'active',
		targets: inbound.listeners,
		limit_bits_per_second: 80e6,
		forward_bytes: 1,
		backward_bytes: 7,
	});
	const table = await runCli(['status', '--s2cs', '127.0.0.1:25001']);
	t.regex(
		table.stdout,
		new RegExp(`1 session of yours; data server relay; 9 ports free\n\nstream +${uid}  PROD  active\n`),
	);
	const release = await runCli(['release', uid, ...servers]);
	t.is(release.exitCode, 0, release.stderr);
	t.false(await accepts(outbound.listeners[0]));
	const again = await runCli(['release', uid, ...servers, '--json']);
	t.is(again.exitCode, 2);
	t.regex(again.stderr, /refused release: NOT_FOUND/);
	t.like(JSON.parse(again.stdout), {uid, released: [], error: {code: 'CALL_REFUSED', exitCode: 2}});
	await runCli(['request', 'inbound', '--s2cs', '127.0.0.1:25001', '--target', application.address]);
	producer.child.kill('SIGTERM');
	t.deepEqual(await producer.ended, {exitCode: 0, signal: null});
	t.false(existsSync(join(folder, 'both-p')), 'the folder that it made for sessions is gone');
	t.deepEqual(producer.processes(), []);
});

test('a killed server leaves no process for long, and the next one in its folder cleans up', async t => {
	await using application = await startApplication('x');
	const first = await serve('killed', ['--data-ports', '21340-21349']);
	const request = [
		'request',
		'inbound',
		'--s2cs',
		'127.0.0.1:25001',
		'--target',
		application.address,
		'--uid',
		'orphan',
	];
	t.is((await runCli(request)).exitCode, 0);
	first.child.kill('SIGKILL');
	await first.ended;
	t.is(readdirSync(join(folder, 'killed/sessions')).length, 1);
	await using second = await serve('killed', ['--data-ports', '21340-21349']);
	t.deepEqual(readdirSync(join(folder, 'killed/sessions')), []);
	t.deepEqual(first.processes(), []);
	t.is((await runCli(request)).exitCode, 0, second.stderr);
	await first[Symbol.asyncDispose]();
});

for (const killed of ['producer’s', 'consumer’s'] as const) {
	test(`when the ${killed} data server alone is killed in the middle of a transfer, no application takes that for the end`, async t => {
		await using producer = await serve('cut-p', ['--data-ports', '21340-21349']);
		await using consumer = await serve('cut-c', ['--listen', '127.0.0.1:25002', '--data-ports', '21350-21359']);
		const ends: string[] = [];
		const note = (who: string, socket: Socket) =>
			socket.on('end', () => ends.push(`${who}: end`)).on('error', ({message}) => ends.push(`${who}: ${message}`));
		const application = createServer({allowHalfOpen: true}, socket => {
			const send = (error?: Error | null): void => {
				if (!error) {
					socket.write(Buffer.alloc(1_000_000), send);
				}
			};
			note('producer', socket).resume();
			send();
		});
		application.listen(0, '127.0.0.1');
		await once(application, 'listening');
		const {port} = application.address() as AddressInfo;
		const servers = ['--s2cs', '127.0.0.1:25001', '--consumer-s2cs', '127.0.0.1:25002'];
		const request = await runCli(['request', 'both', ...servers, '--target', `127.0.0.1:${port}`, '--json']);
		t.is(request.exitCode, 0, request.stderr);
		const [host = '', listener = ''] = JSON.parse(request.stdout).outbound.listeners[0].split(':');
		const socket = note('consumer', connect(Number(listener), host));
		await once(socket, 'data');
		const [session = ''] = readdirSync(join(folder, killed === 'producer’s' ? 'cut-p' : 'cut-c', 'sessions'));
		const state = join(folder, killed === 'producer’s' ? 'cut-p' : 'cut-c', 'sessions', session, 'processes.json');
		const [carrier = ''] = JSON.parse(readFileSync(state, 'utf8')) as readonly string[];
		process.kill(Number(carrier.split(':')[0]), 'SIGKILL');
		for (let look = 0; look < 200 && ends.length < 2; look++) {
			await realClock.sleep(0.02);
		}
		socket.destroy();
		application.close();
		t.is(ends.length, 2, ends.join(', '));
		t.true(
			ends.every(end => /ECONNRESET|EPIPE/.test(end)),
			ends.join(', '),
		);
		const again = await runCli(['release', JSON.parse(request.stdout).uid, ...servers]);
		t.is(again.exitCode, 0, again.stderr + producer.stderr + consumer.stderr);
	});
}

test('over TLS with tokens no output of either end holds a secret', async t => {
	const {certificateFile, keyFile} = makeCertificate(folder);
	const [secret, tokenFile, tokens] = ['a-very-secret-token', join(folder, 'token'), join(folder, 'tokens')];
	writeFileSync(tokenFile, `${secret}\n`);
	writeFileSync(tokens, `ada ${secret}\n`);
	const certificate = ['--server-cert', certificateFile];
	await using server = await serve('tls', [...certificate, '--server-key', keyFile, '--tokens', tokens]);
	await using application = await startApplication('x');
	const access = ['--s2cs', '127.0.0.1:25001', ...certificate];
	const session = ['--target', application.address, '--uid', 'tls'];
	const outputs = [
		await runCli(['request', 'inbound', ...access, ...session, '--token-file', tokenFile]),
		await runCli(['status', ...access, '--json'], {env: {STREAMBED_TOKEN: secret}}),
		await runCli(['release', 'tls', ...access], {env: {STREAMBED_TOKEN: `${secret}-of-another`}}),
		await runCli(['release', 'tls', ...access], {env: {STREAMBED_TOKEN: secret}}),
	];
	t.deepEqual(
		outputs.map(({exitCode}) => exitCode),
		[0, 0, 2, 0],
		outputs.map(({stderr}) => stderr).join(),
	);
	t.regex(
		outputs[2]?.stderr ?? '',
		/UNAUTHENTICATED.*\nthe token that was given is not one of that server’s.*--token-file/,
	);
	t.regex(outputs[1]?.stdout ?? '', /"uid":"tls"/);
	const said = [...outputs, server].map(({stdout, stderr}) => stdout + stderr).join();
	t.false(said.includes(secret), said);
});

test('what fails is one JSON object on request, with the sentence and the exit code', async t => {
	const end = await runCli(['status', '--s2cs', '127.0.0.1:25009', '--json']);
	const {error} = JSON.parse(end.stdout);
	t.like(error, {code: 'SERVER_UNREACHABLE', exitCode: end.exitCode});
	t.is(error.message, 'the control server 127.0.0.1:25009 cannot be reached: connect ECONNREFUSED 127.0.0.1:25009');
	t.regex(error.hint, /nothing listens there/);
	t.is(end.stderr, `streambed: ${error.message}\n${error.hint}\n`);
	const refused = await runCli(['request', 'both', '--target', '127.0.0.1:9', '--json']);
	t.like(JSON.parse(refused.stdout), {error: {code: 'USAGE', exitCode: 2}});
});

test('our client drives a server that behaves as the original, and says what it cannot do', async t => {
	await using server = await OriginalLikeServer.start([21_360, 21_362]);
	await using application = await startApplication('as ever');
	const access = ['--s2cs', server.address];
	const request = ['request', 'inbound', ...access, '--target', application.address, '--json'];
	const {exitCode, stdout, stderr} = await runCli([...request, '--num-conn', '2', '--uid', 'u']);
	t.is(exitCode, 0, stderr);
	const {inbound} = JSON.parse(stdout);
	t.is(await converse(inbound.listeners[1], {enough: 7}), 'as ever');
	const twice = await runCli(['release', 'u', ...access]).then(() => runCli(['release', 'u', ...access]));
	t.is(twice.exitCode, 2);
	t.regex(twice.stderr, /refused release: UNKNOWN: .*entry not found/);
	const tooMany = await runCli([...request, '--num-conn', '2']);
	t.is(tooMany.exitCode, 2);
	t.regex(tooMany.stderr, /gave 1 listeners where 2 were asked for\n.*used up/);
});

for (const {what, parameters, exitCode, says} of [
	{
		what: 'a server that is not there',
		parameters: ['status', '--s2cs', '127.0.0.1:25009'],
		exitCode: 3,
		says: /127\.0\.0\.1:25009 cannot be reached: .*ECONNREFUSED[\s\S]*nothing listens there/,
	},
	{
		what: 'a request without a target',
		parameters: ['request', 'inbound'],
		exitCode: 2,
		says: /--target: there is none\nname where the producing application listens/,
	},
	{
		what: 'one server for both sides',
		parameters: ['request', 'both', '--target', 'a:1'],
		exitCode: 2,
		says: /--consumer-s2cs/,
	},
	{
		what: 'a server without a port',
		parameters: ['status', '--s2cs', 'host'],
		exitCode: 2,
		says: /"host" is not host:port/,
	},
	{
		what: 'a rate in bare numbers',
		parameters: ['request', 'both', '--rate', '5'],
		exitCode: 2,
		says: /no unit.*200Mbit\/s/,
	},
	{
		what: 'a rate that is no whole Mbit/s',
		parameters: ['request', 'inbound', '--target', 'a:1', '--rate', '1.5Mbit/s'],
		exitCode: 2,
		says: /whole Mbit\/s/,
	},
	{
		what: 'a range of ports that is none',
		parameters: ['control-server', '--data-ports', '9-5'],
		exitCode: 2,
		says: /"9-5" is no range/,
	},
	{
		what: 'a certificate without its key',
		parameters: ['control-server', '--server-cert', 'x'],
		exitCode: 2,
		says: /one is missing/,
	},
	{
		what: 'a server of stunnel without a secret',
		parameters: ['control-server', '--listen', '127.0.0.1:25009', '--data-server', 'stunnel'],
		exitCode: 2,
		says: /stunnel needs a secret that both sites share\ngive --secret/,
	},
	{
		what: 'a server of mtls without a certificate',
		parameters: ['control-server', '--listen', '127.0.0.1:25009', '--data-server', 'mtls'],
		exitCode: 2,
		says: /mtls needs a certificate[\s\S]*give --tunnel-cert, --tunnel-key and --tunnel-authority/,
	},
	{
		what: 'a server of mtls whose certificate is not there',
		parameters: [
			...['control-server', '--listen', '127.0.0.1:25009', '--data-server', 'mtls'],
			...['--tunnel-cert', 'no-such', '--tunnel-key', 'no-such', '--tunnel-authority', 'no-such'],
		],
		exitCode: 2,
		says: /the credentials of mtls cannot be used: .*no such file/,
	},
	{
		what: 'a secret for a data server that encrypts nothing',
		parameters: ['control-server', '--listen', '127.0.0.1:25009', '--secret', 'any'],
		exitCode: 2,
		says: /relay encrypts nothing, but was given a secret/,
	},
	{
		what: 'a file of tokens that is not there',
		parameters: ['control-server', '--tokens', 'no-such'],
		exitCode: 2,
		says: /no such file/,
	},
	{
		what: 'a kind of data server that is none',
		parameters: ['control-server', '--data-server', 'x'],
		exitCode: 2,
		says: /Allowed choices are relay/,
	},
] as const) {
	test(`${what} ends with ${exitCode} and says why`, async t => {
		const end = await runCli(parameters);
		t.is(end.exitCode, exitCode, end.stderr);
		t.regex(end.stderr, says);
		t.is(end.stdout, '');
	});
}

test('a second server on a port ends with 2 and leaves the first alone', async t => {
	await using first = await serve('one', []);
	const second = await runCli(['control-server', '--listen', '127.0.0.1:25001', '--state', join(folder, 'two')]);
	t.is(second.exitCode, 2);
	t.regex(second.stderr, /listening at 127\.0\.0\.1:25001 failed: .*\n.*--listen/);
	t.is((await runCli(['status', '--s2cs', '127.0.0.1:25001'])).exitCode, 0, first.stderr);
});

namespacesTest('where haproxy is not installed, req says so with the command that brings it', async t => {
	const path = '/usr/sbin/haproxy';
	// An empty file that cannot be executed hides the program, in the mount namespace of this command alone.
	const script = '[ ! -e "$1" ] || mount --bind /dev/null "$1"; shift; exec "$@"';
	const prefix = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', path];
	await using server = await serve('no-haproxy', ['--data-server', 'haproxy'], prefix);
	const request = await runCli(['request', 'inbound', '--s2cs', '127.0.0.1:25001', '--target', '127.0.0.1:9']);
	t.is(request.exitCode, 2, server.stderr);
	t.regex(request.stderr, /refused req: FAILED_PRECONDITION: haproxy .*apt-get install/);
});
