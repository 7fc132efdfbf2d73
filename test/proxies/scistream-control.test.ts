import {execFile, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import anyTest from 'ava';
import fc from 'fast-check';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {isRunning, processIdentity} from '#core/processes.ts';
import {identitiesFromFile} from '#proxies/scistream/control/identities.ts';
import {sessionCredentials} from '#proxies/scistream/control/site-credentials.ts';
import type {DataServerFactory} from '#proxies/scistream/data-servers/data-server.ts';
import {loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';
import {freshUid} from '#proxies/scistream/fresh-uid.ts';
import {connectControl} from '../support/connect-control.ts';
import {makeCertificate, openDescriptorCount, startApplication, startControlServer} from '../support/control-server.ts';
import {controlState} from '../support/control-state.ts';
import {accepts, converse} from '../support/converse.ts';
import {openSession, requestSession} from '../support/drive-session.ts';
import {WireClient, type WireFields} from '../support/wire-client.ts';

// One after the other: the servers share a range of ports, and some tests measure time.
const test = anyTest.serial;

const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

const codes = {
	OK: 0,
	CANCELLED: 1,
	INVALID_ARGUMENT: 3,
	DEADLINE_EXCEEDED: 4,
	NOT_FOUND: 5,
	ALREADY_EXISTS: 6,
	PERMISSION_DENIED: 7,
	RESOURCE_EXHAUSTED: 8,
	FAILED_PRECONDITION: 9,
	UNAUTHENTICATED: 16,
} as const;

const never = new AbortController().signal;
const somewhere = '127.0.0.1:9';

test('a client with the order and limits of the original gets a stream across, on every connection', async t => {
	await using producer = await startControlServer({dataPorts: [21_000, 21_009]});
	await using consumer = await startControlServer({dataPorts: [21_010, 21_019]});
	await using application = await startApplication('from the instrument');
	using toProducer = new WireClient(producer.address);
	using toConsumer = new WireClient(consumer.address);
	const half = {uid: freshUid(), connectionCount: 5, helloAfterSeconds: 0.5};
	const targets = Array.from({length: 5}, () => application.address);
	const inbound = await openSession(toProducer, {...half, prodListeners: targets});
	const outbound = await openSession(toConsumer, {...half, role: 'CONS', prodListeners: inbound});
	t.is(new Set([...inbound, ...outbound]).size, 10);
	for (const listener of outbound) {
		t.is(await converse(listener, {say: ', and back', enough: 29}), 'from the instrument, and back');
	}
	for (const client of [toProducer, toConsumer]) {
		t.is((await client.call('release', {1: half.uid})).status, codes.OK);
	}
	t.deepEqual(await Promise.all([...inbound, ...outbound].map(accepts)), Array(10).fill(false));
});

test('the gRPC library for Python drives the server over self-signed TLS, with a token', async t => {
	const python = await findPython();
	const {certificateFile, keyFile} = makeCertificate(folder);
	await using server = await startControlServer({
		certificate: {certificateFile, keyFile},
		identify: identitiesFromFile(tokens('ada secret-of-ada'), realClock),
	});
	await using application = await startApplication('seen from Python');
	const client = (...parameters: readonly string[]) =>
		promisify(execFile)(python, [
			new URL('../fixtures/original-client.py', import.meta.url).pathname,
			server.address,
			certificateFile,
			...parameters,
		]);
	const session = ['PROD', 'python-1', '2'];
	const {stdout} = await client('secret-of-ada', ...session, application.address, application.address);
	const listeners: readonly string[] = JSON.parse(stdout);
	t.is(listeners.length, 2);
	t.is(await converse(listeners[1] ?? '', {enough: 16}), 'seen from Python');
	const refused = await t.throwsAsync(client('-', ...session, 'release'));
	t.regex(refused.message, /UNAUTHENTICATED/);
	await client('secret-of-ada', ...session, 'release');
	t.false(await accepts(listeners[0] ?? ''));
});

const refusals: ReadonlyArray<{
	readonly what: string;
	readonly method: string;
	readonly fields: WireFields | Buffer;
	readonly code: keyof typeof codes;
	readonly says: RegExp;
}> = [
	row('hello for a uid that is not known', 'hello', {1: 'ghost', 2: somewhere, 3: 'PROD'}, 'NOT_FOUND', /ghost/),
	row('update of a uid that is not known', 'update', {1: 'ghost', 2: somewhere, 3: 'PROD'}, 'NOT_FOUND', /ghost/),
	row('release of a uid that is not known', 'release', {1: 'ghost'}, 'NOT_FOUND', /ghost/),
	row('req with a uid that is pending', 'req', {1: 'pending', 2: 'PROD', 3: 1}, 'ALREADY_EXISTS', /pending/),
	row('req with a uid that carries', 'req', {1: 'active', 2: 'PROD', 3: 1}, 'ALREADY_EXISTS', /active/),
	row(
		'more connections than ports',
		'req',
		{1: 'new', 2: 'PROD', 3: 99},
		'RESOURCE_EXHAUSTED',
		/99 .*ports .*8 are free/,
	),
	row('no connection', 'req', {1: 'new', 2: 'PROD', 3: 0}, 'INVALID_ARGUMENT', /num_conn.*not 0/),
	row('fewer than no connections', 'req', {1: 'new', 2: 'PROD', 3: -2}, 'INVALID_ARGUMENT', /not -2/),
	row('a negative rate', 'req', {1: 'new', 2: 'PROD', 3: 1, 4: -1}, 'INVALID_ARGUMENT', /rate.*Mbit\/s/),
	row('a role that is none', 'req', {1: 'new', 2: 'BOTH', 3: 1}, 'INVALID_ARGUMENT', /role.*"BOTH"/),
	row('an empty uid', 'req', {1: '', 2: 'PROD', 3: 1}, 'INVALID_ARGUMENT', /uid.*empty/),
	row('a uid of 129 characters', 'req', {1: 'x'.repeat(129), 2: 'PROD', 3: 1}, 'INVALID_ARGUMENT', /129/),
	row('a uid with a path in it', 'req', {1: '../a b', 2: 'PROD', 3: 1}, 'INVALID_ARGUMENT', /uid/),
	row(
		'hello with a listener without a port',
		'hello',
		{1: 'pending', 2: 'host', 3: 'PROD'},
		'INVALID_ARGUMENT',
		/host:port/,
	),
	row('update without targets', 'update', {1: 'ready', 3: 'PROD'}, 'INVALID_ARGUMENT', /nowhere/),
	row('update to a target without a port', 'update', {1: 'ready', 2: 'a', 3: 'PROD'}, 'INVALID_ARGUMENT', /\[0\].*"a"/),
	row('update to port 70000', 'update', {1: 'ready', 2: 'a:70000', 3: 'PROD'}, 'INVALID_ARGUMENT', /70000/),
	row(
		'update with the other role',
		'update',
		{1: 'ready', 2: somewhere, 3: 'CONS'},
		'INVALID_ARGUMENT',
		/PROD, not CONS/,
	),
	row('update before a hello', 'update', {1: 'pending', 2: somewhere, 3: 'PROD'}, 'FAILED_PRECONDITION', /no hello/),
	row(
		'update of what carries elsewhere',
		'update',
		{1: 'active', 2: 'a:1', 3: 'PROD'},
		'FAILED_PRECONDITION',
		/release it/,
	),
	row('another hello', 'hello', {1: 'active', 2: 'a:1', 3: 'PROD'}, 'FAILED_PRECONDITION', /has had/),
	row('bytes that are no message', 'req', Buffer.from([0xff, 0xff, 0xff]), 'INVALID_ARGUMENT', /cannot be read/),
];

test('a bad call gets the status that fits, a sentence, and changes nothing', async t => {
	await using server = await startControlServer({dataPorts: [21_000, 21_010]});
	await using application = await startApplication('x');
	using client = new WireClient(server.address);
	await openSession(client, {uid: 'active', prodListeners: [application.address]});
	await requestSession(client, {uid: 'ready', prodListeners: [application.address]});
	client.call('req', {1: 'pending', 2: 'PROD', 3: 1, 4: 0}).catch(() => {});
	await until(async () => (await sessionsOf(server.address)).length === 3);
	const before = await controlState(server.address);
	for (const {what, method, fields, code, says} of refusals) {
		const {status, details} = await client.call(method, fields);
		t.is(status, codes[code], `${what}: ${details}`);
		t.regex(details, says, what);
		t.deepEqual(await controlState(server.address), before, what);
	}
	t.is(
		(await converse((await sessionsOf(server.address)).find(({uid}) => uid === 'active')?.listeners[0] ?? '')).length,
		1,
	);
});

test('the same hello or update again is answered as the first', async t => {
	await using server = await startControlServer();
	using client = new WireClient(server.address);
	const session = {uid: 'again', prodListeners: [somewhere]};
	const listeners = await openSession(client, session);
	t.like(await client.call('hello', {1: 'again', 2: [somewhere], 3: 'PROD'}), {status: 0});
	const update = await client.call('update', {1: 'again', 2: [somewhere], 3: 'PROD'});
	t.deepEqual([update.status, update.texts[1]], [0, listeners]);
});

test('a second release finds nothing, and fewer or more targets than connections are mapped and told', async t => {
	await using server = await startControlServer();
	await using first = await startApplication('1');
	await using second = await startApplication('2');
	using client = new WireClient(server.address);
	const fewer = await openSession(client, {
		uid: 'fewer',
		connectionCount: 3,
		prodListeners: [first.address, second.address],
	});
	t.deepEqual(await Promise.all(fewer.map(listener => converse(listener))), ['1', '2', '1']);
	await openSession(client, {uid: 'more', connectionCount: 1, prodListeners: [first.address, second.address]});
	const more = (await sessionsOf(server.address)).find(({uid}) => uid === 'more');
	t.like(more, {targets: [first.address], unused_targets: [second.address]});
	t.is((await client.call('release', {1: 'more'})).status, codes.OK);
	t.is((await client.call('release', {1: 'more'})).status, codes.NOT_FOUND);
});

test('a request that gets no hello in time, or whose caller goes, leaves nothing', async t => {
	await using server = await startControlServer({setupSeconds: 0.4, dataPorts: [21_000, 21_003]});
	using client = new WireClient(server.address);
	const late = await client.call('req', {1: 'late', 2: 'PROD', 3: 4, 4: 0});
	t.is(late.status, codes.DEADLINE_EXCEEDED);
	t.regex(late.details, /no hello came for the session within 0\.4 s/);
	await using patient = await startControlServer({dataPorts: [21_000, 21_003]});
	using goer = new WireClient(patient.address);
	await t.throwsAsync(goer.call('req', {1: 'gone', 2: 'PROD', 3: 4, 4: 0}, {seconds: 0.1}), {message: /no answer/});
	await until(async () => (await sessionsOf(patient.address)).length === 0);
	t.like(await controlState(patient.address), {free_ports: 4});
});

test('a session ends with its lease, but not while a connection stands or bytes flow', async t => {
	await using server = await startControlServer({leaseSeconds: 0.4});
	await using application = await startApplication('still here');
	using client = new WireClient(server.address);
	const [busy = ''] = await openSession(client, {uid: 'busy', prodListeners: [application.address]});
	const idle = await openSession(client, {uid: 'idle', prodListeners: [application.address]});
	const standing = converse(busy, {enough: 1_000_000, seconds: 1.5});
	await until(async () => (await sessionsOf(server.address)).every(({uid}) => uid !== 'idle'));
	t.false(await accepts(idle[0] ?? ''));
	await t.throwsAsync(standing, {message: /10 bytes in 1\.5 s/});
	t.regex(server.notes.join(), /session idle ends: nothing happened/);
	await until(async () => (await sessionsOf(server.address)).length === 0);
});

test('a session belongs to who made it, and tokens rotate and expire without a restart', async t => {
	const file = tokens('ada a-token', 'bob b-token', 'eve e-token 2020-01-01 # long ago');
	await using server = await startControlServer({identify: identitiesFromFile(file, realClock)});
	using client = new WireClient(server.address);
	for (const [token, says] of [
		['INVALID_TOKEN', /no token that is known/],
		['', /no token that is known/],
		['e-token', /token of eve has expired/],
	] as const) {
		const {status, details} = await client.call('req', {1: 'x', 2: 'PROD', 3: 1}, {token});
		t.is(status, codes.UNAUTHENTICATED);
		t.regex(details, says);
	}
	await openSession(client, {uid: 'adas', prodListeners: [somewhere], token: 'a-token'});
	for (const [method, fields] of [
		['hello', {1: 'adas', 2: somewhere, 3: 'PROD'}],
		['update', {1: 'adas', 2: 'a:1', 3: 'PROD'}],
		['release', {1: 'adas'}],
		['/streambed.scistream.Sessions/status', {1: 'adas'}],
	] as const) {
		t.is((await client.call(method, fields, {token: 'b-token'})).status, codes.PERMISSION_DENIED, method);
	}
	using bob = connectControl(server.address, {token: 'b-token'});
	t.deepEqual((await bob.list(never)).sessions, []);
	writeFileSync(file, 'ada another-token\n');
	t.is((await client.call('release', {1: 'adas'}, {token: 'a-token'})).status, codes.UNAUTHENTICATED);
	t.is((await client.call('release', {1: 'adas'}, {token: 'another-token'})).status, codes.OK);
	rmSync(file);
	t.is((await client.call('release', {1: 'adas'}, {token: 'another-token'})).status, codes.UNAUTHENTICATED);
});

test('sessions that are set up at once get their own ports, answers and bytes', async t => {
	await using server = await startControlServer();
	using client = new WireClient(server.address);
	await using applications = new AsyncDisposableStack();
	const listeners = await Promise.all(
		Array.from({length: 20}, async (_, index) => {
			const application = applications.use(await startApplication(`tenant ${index};`));
			const found = await requestSession(client, {
				uid: `t${index}`,
				connectionCount: 2,
				prodListeners: [application.address],
			});
			t.deepEqual(found.texts[2], [application.address]);
			await client.call('update', {1: `t${index}`, 2: application.address, 3: 'PROD'});
			return found.texts[1] ?? [];
		}),
	);
	t.is(new Set(listeners.flat()).size, 40);
	const heard = await Promise.all(listeners.map(([one = '']) => converse(one, {enough: 8})));
	t.deepEqual(
		heard,
		listeners.map((_, index) => `tenant ${index};`),
	);
});

test('a hundred requests that wait keep nobody from saying hello', async t => {
	await using server = await startControlServer({dataPorts: [21_000, 21_099]});
	using client = new WireClient(server.address);
	const waiting = Array.from({length: 100}, (_, index) =>
		client.call('req', {1: `w${index}`, 2: 'PROD', 3: 1}, {seconds: 20}),
	);
	await until(async () => (await sessionsOf(server.address)).length === 100);
	for (let index = 0; index < 100; index++) {
		t.is((await client.call('hello', {1: `w${index}`, 2: somewhere, 3: 'PROD'})).status, codes.OK);
	}
	t.true((await Promise.all(waiting)).every(({status}) => status === codes.OK));
});

test('ports come back: 60 sessions one after the other in a range of four', async t => {
	await using server = await startControlServer({dataPorts: [21_000, 21_003]});
	using client = new WireClient(server.address);
	let descriptorsBefore = 0;
	for (let round = 0; round < 61; round++) {
		t.is((await openSession(client, {uid: 'same', connectionCount: 4, prodListeners: [somewhere]})).length, 4);
		t.is((await client.call('release', {1: 'same'})).status, codes.OK);
		// The first brings the connection of the client and the process of the data servers, which stay.
		descriptorsBefore ||= openDescriptorCount();
	}
	t.like(await controlState(server.address), {free_ports: 4, sessions: []});
	t.deepEqual(readdirSync(join(server.stateFolder, 'sessions')), []);
	// The last ones close in their own time.
	await until(async () => openDescriptorCount() <= descriptorsBefore + 2).catch(() => {});
	t.true(openDescriptorCount() <= descriptorsBefore + 2, `${descriptorsBefore} before, ${openDescriptorCount()} after`);
});

test('ports that another program holds are left out, and a range that is full is said', async t => {
	await using holder = await startControlServer({listen: {host: '127.0.0.1', port: 21_001}});
	await using server = await startControlServer({dataPorts: [21_000, 21_002]});
	using client = new WireClient(server.address);
	const {status, details} = await client.call('req', {1: 'three', 2: 'PROD', 3: 3});
	t.is(status, codes.RESOURCE_EXHAUSTED, holder.address);
	t.regex(details, /1 that other programs hold/);
	t.deepEqual(await openSession(client, {uid: 'two', connectionCount: 2, prodListeners: [somewhere]}), [
		'127.0.0.1:21000',
		'127.0.0.1:21002',
	]);
});

test('forty short connections in a row go through', async t => {
	await using server = await startControlServer();
	await using application = await startApplication('ok');
	using client = new WireClient(server.address);
	const [listener = ''] = await openSession(client, {uid: 'short', prodListeners: [application.address]});
	for (let round = 0; round < 40; round++) {
		t.is(await converse(listener, {enough: 2}), 'ok');
	}
	const [session] = await sessionsOf(server.address);
	t.is(session?.connections_total, 40);
});

test('the rate of a session is held, and measured', async t => {
	await using server = await startControlServer();
	await using application = await startApplication('');
	using client = new WireClient(server.address);
	const [listener = ''] = await openSession(client, {uid: 'slow', rate: 8, prodListeners: [application.address]});
	await sessionsOf(server.address);
	const startNs = realClock.nowNs();
	await converse(listener, {say: 'x'.repeat(2_000_000), enough: 2_000_000, seconds: 10});
	const seconds = Number(realClock.nowNs() - startNs) / 1e9;
	const [session] = await sessionsOf(server.address);
	t.true(seconds > 1.5 && seconds < 4, `2 MB at 8 Mbit/s took ${seconds} s, 2 s expected, 1.5–4 s accepted`);
	const rate = session?.backward_bits_per_second ?? 0;
	t.true(rate > 4e6 && rate < 10e6, `${rate} bit/s were measured, 8e6 expected, 4e6–10e6 accepted`);
	t.is(session?.limit_bits_per_second, 8e6);
});

test('a data server that dies comes back, and the session says so', async t => {
	await using server = await startControlServer();
	await using application = await startApplication('alive');
	using client = new WireClient(server.address);
	const [listener = ''] = await openSession(client, {uid: 'mortal', prodListeners: [application.address]});
	const [session = ''] = readdirSync(join(server.stateFolder, 'sessions'));
	const [recorded = ''] = JSON.parse(
		readFileSync(join(server.stateFolder, 'sessions', session, 'processes.json'), 'utf8'),
	);
	process.kill(Number(recorded.split(':')[0]), 'SIGKILL');
	await until(async () => (await sessionsOf(server.address))[0]?.restarts === 1);
	t.is(await converse(listener, {enough: 5}), 'alive');
	t.like((await sessionsOf(server.address))[0], {state: 'active', restarts: 1});
});

test('who else asks for the status changes no figures of it, and what cannot be counted is not known', async t => {
	const relay = await loadDataServer('relay');
	let isDumb = false;
	const factory: DataServerFactory = {
		...relay,
		async start(options) {
			const server = await relay.start(options);
			return {
				...server,
				[Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
				counters: async () => (isDumb ? Promise.reject(new Error('no word')) : await server.counters()),
			};
		},
	};
	await using server = await startControlServer({factory});
	await using application = await startApplication('');
	using client = new WireClient(server.address);
	const [listener = ''] = await openSession(client, {uid: 'seen', prodListeners: [application.address]});
	await converse(listener, {say: 'x'.repeat(1_000_000), enough: 1_000_000});
	const rates: number[] = [];
	for (let look = 0; look < 3; look++) {
		rates.push((await sessionsOf(server.address))[0]?.backward_bits_per_second ?? 0);
	}
	const [most, least] = [Math.max(...rates), Math.min(...rates)];
	t.true(
		least > most * 0.3,
		`${rates.join(', ')} bit/s were told to three who asked at once; 70 % less at most accepted`,
	);
	isDumb = true;
	const [session] = await sessionsOf(server.address);
	t.like(session, {uid: 'seen', state: 'active'});
	t.deepEqual(
		['forward_bytes', 'backward_bits_per_second', 'connections_total'].filter(field => field in (session ?? {})),
		[],
		'0 would be a figure',
	);
});

test('a restart ends what a killed server left, and nobody else’s process', async t => {
	const state = join(folder, 'left');
	const [orphan, named, stranger] = [
		spawn('sleep', ['600']),
		spawn('tail', ['-f', '/dev/null', join(state, 'sessions/x/proxy.conf')], {stdio: 'ignore'}),
		spawn('sleep', ['600']),
	];
	const pids = [orphan, named, stranger].map(({pid}) => pid ?? 0);
	const session = join(state, 'sessions/x');
	mkdirSync(session, {recursive: true});
	writeFileSync(join(session, 'key'), 'secret');
	// The second entry is an id that was used again: the start time is another.
	const entries = [processIdentity(pids[0] as number), `${pids[2]}:1`];
	writeFileSync(join(session, 'processes.json'), JSON.stringify(entries));
	writeFileSync(join(state, 'server.json'), JSON.stringify({process: `${process.pid}:1`}));
	await using server = await startControlServer({stateFolder: state});
	t.deepEqual(pids.map(isRunning), [false, false, true]);
	t.false(existsSync(session));
	t.is(server.notes.length, 2);
	stranger.kill('SIGKILL');
});

test('two servers do not share a port or a state folder, and the first goes on', async t => {
	await using first = await startControlServer();
	using client = new WireClient(first.address);
	await openSession(client, {uid: 'kept', prodListeners: [somewhere]});
	const endpoint = mustParse(first.address);
	const error = await t.throwsAsync(startControlServer({listen: endpoint, stateFolder: first.stateFolder}), {
		instanceOf: StreambedError,
	});
	t.like(error, {code: 'LISTEN_REFUSED'});
	t.regex(error.message, new RegExp(`listening at ${first.address} failed`));
	t.like(await controlState(first.address), {sessions: [{uid: 'kept', state: 'active'}]});
});

test('each stream gets a key of its own from the shared secret, the same at both sites', t => {
	const secretFile = join(folder, 'secret');
	writeFileSync(secretFile, 'k'.repeat(64));
	const keyOf = (uid: string) => {
		const own = mkdtempSync(join(folder, 'session-'));
		const credentials = sessionCredentials({kind: 'shared-secret', secretFile}, {uid, folder: own});
		return 'presharedKeyFile' in credentials ? readFileSync(credentials.presharedKeyFile, 'utf8') : '';
	};
	t.regex(keyOf('one'), /^one:[0-9a-f]{64}\n$/);
	t.is(keyOf('one'), keyOf('one'));
	t.not(keyOf('one').slice(4), keyOf('two').slice(4));
	writeFileSync(secretFile, 'short');
	t.throws(() => keyOf('one'), {message: /shorter than 32 bytes/});
});

test('whatever bytes a call brings, the server answers, keeps nothing, and goes on', async t => {
	await using server = await startControlServer({dataPorts: [21_000, 21_003], setupSeconds: 1});
	using client = new WireClient(server.address);
	const method = fc.constantFrom('req', 'hello', 'update', 'release');
	const text = fc.oneof(fc.string(), fc.string({unit: 'binary'}), fc.constantFrom('a', 'PROD', 'CONS', somewhere));
	const fields = fc.dictionary(fc.constantFrom('1', '2', '3', '4', '9'), fc.oneof(text, fc.array(text), fc.integer()));
	const message = fc.oneof(
		fields,
		fc.uint8Array({maxLength: 200}).map(bytes => Buffer.from(bytes)),
	);
	await fc.assert(
		fc.asyncProperty(method, message, async (name, fuzzed) => {
			// A request that makes sense by chance waits for its hello: then the caller goes.
			const answer = await client.call(name, fuzzed, {seconds: 0.3}).catch(() => undefined);
			return answer === undefined || (answer.status !== 13 && answer.status !== 2);
		}),
		{numRuns: 400, seed: 4},
	);
	await until(async () => (await sessionsOf(server.address)).length === 0);
	t.like(await controlState(server.address), {free_ports: 4});
	t.deepEqual(
		server.notes.filter(note => /Error|at /.test(note) && !/session/.test(note)),
		[],
	);
	t.is((await openSession(client, {uid: 'after', prodListeners: [somewhere]})).length, 1);
});

function row(what: string, method: string, fields: WireFields | Buffer, code: keyof typeof codes, says: RegExp) {
	return {what, method, fields, code, says};
}

function mustParse(address: string) {
	const endpoint = parseEndpoint(address);
	if (!endpoint) {
		throw new Error(`${address} is no endpoint`);
	}
	return endpoint;
}

async function sessionsOf(address: string) {
	using connection = connectControl(address);
	return (await connection.list(never)).sessions;
}

async function until(holds: () => Promise<boolean>, seconds = 8): Promise<void> {
	const limitNs = realClock.nowNs() + BigInt(seconds * 1e9);
	while (!(await holds())) {
		if (realClock.nowNs() > limitNs) {
			throw new Error(`not seen within ${seconds} s`);
		}
		await realClock.sleep(0.02);
	}
}

function tokens(...lines: readonly string[]): string {
	const file = join(mkdtempSync(join(folder, 'tokens-')), 'tokens');
	writeFileSync(file, `${lines.join('\n')}\n`);
	return file;
}

/** A Python that has the gRPC library: Debian's, or another where that is not. */
async function findPython(): Promise<string> {
	for (const candidate of [process.env.STREAMBED_TEST_PYTHON, '/usr/bin/python3', 'python3']) {
		if (
			candidate &&
			(await promisify(execFile)(candidate, ['-c', 'import grpc']).then(
				() => true,
				() => false,
			))
		) {
			return candidate;
		}
	}
	throw new Error('no Python here has gRPC: sh scripts/install-debian-packages.sh, or set STREAMBED_TEST_PYTHON');
}
