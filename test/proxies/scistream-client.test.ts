import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest from 'ava';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {freshUid} from '#proxies/scistream/fresh-uid.ts';
import {setUpBoth} from '#proxies/scistream/set-up-both.ts';
import {setUpSide} from '#proxies/scistream/user-client.ts';
import {connectControl} from '../support/connect-control.ts';
import {makeCertificate, startControlServer} from '../support/control-server.ts';
import {controlState} from '../support/control-state.ts';

// One after the other: the servers share a range of ports.
const test = anyTest.serial;

const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

const never = new AbortController().signal;
const somewhere = '127.0.0.1:9';

test('a control channel that cannot be trusted says why, and what to do', async t => {
	const good = makeCertificate(folder);
	const nameless = makeCertificate(folder, {names: ['DNS:elsewhere.example']});
	const early = makeCertificate(folder, {fromSeconds: 1800});
	const over = makeCertificate(folder, {untilSeconds: -60});
	// The server's clock is an hour fast: to itself its certificate is valid.
	const fast: Clock = {...realClock, wallMs: () => realClock.wallMs() + 3_600_000};
	const slow: Clock = {...realClock, wallMs: () => realClock.wallMs() - 3_600_000};
	const cases = [
		{served: nameless, trusted: nameless, clock: realClock, says: /altnames/, hint: /does not name this host/},
		{served: early, trusted: early, clock: fast, says: /not yet valid/, hint: /compare the clocks/},
		{served: over, trusted: over, clock: slow, says: /expired/, hint: /compare the clocks/},
		{served: good, trusted: nameless, clock: realClock, says: /self.signed/, hint: /--server-cert/},
		{served: undefined, trusted: good, clock: realClock, says: /cannot be reached/, hint: /speaks no TLS|speak TLS/},
		{
			served: good,
			trusted: undefined,
			clock: realClock,
			says: /ended the connection, or speaks/,
			hint: /TLS\? .*--server-cert/,
		},
	];
	for (const {served, trusted, clock, says, hint} of cases) {
		await using server = await startControlServer({
			dataPorts: [21_400, 21_409],
			clock,
			...(served && {certificate: served}),
		});
		using connection = connectControl(server.address, trusted ? {certificate: Buffer.from(trusted.pem)} : {});
		const error = await t.throwsAsync(connection.release({uid: 'x'}, never), {instanceOf: StreambedError});
		t.like(error, {code: 'SERVER_UNREACHABLE'});
		t.regex(error.message, says);
		t.notRegex(error.message, /Resolution note|\d{4}-\d\d-\d\dT/, 'the words of the library are left out');
		t.regex(error.hint ?? '', hint);
	}
	for (const [certificate, says] of [
		[early, /not valid before/],
		[over, /expired on/],
		[{...good, keyFile: nameless.keyFile}, /cannot be used/],
		[{...good, keyFile: join(folder, 'no-such')}, /no such file/],
	] as const) {
		await t.throwsAsync(startControlServer({certificate}), {instanceOf: StreambedError, message: says});
	}
});

test('our client leaves nothing at the producer’s server when the consumer’s refuses', async t => {
	await using producer = await startControlServer({dataPorts: [21_400, 21_409]});
	await using consumer = await startControlServer({dataPorts: [21_410, 21_410]});
	using toProducer = connectControl(producer.address);
	using toConsumer = connectControl(consumer.address);
	const request = {
		uid: freshUid(),
		connectionCount: 2,
		rateMegabitsPerSecond: 0,
		targets: [somewhere],
		signal: never,
		producer: toProducer,
		consumer: toConsumer,
	};
	await t.throwsAsync(setUpBoth(request), {message: /refused req: RESOURCE_EXHAUSTED/});
	t.like(await controlState(producer.address), {free_ports: 10, sessions: []});
	const {inbound, outbound} = await setUpBoth({...request, connectionCount: 1});
	t.deepEqual([inbound.listeners.length, outbound.listeners.length], [1, 1]);
	const stopped = {...request, uid: freshUid(), role: 'PROD', connection: toProducer} as const;
	await t.throwsAsync(setUpSide({...stopped, signal: AbortSignal.abort(new Error('stop'))}), {message: 'stop'});
});

test('a set-up that is refused or fails ends no stream of the same uid that it did not make', async t => {
	await using producer = await startControlServer({dataPorts: [21_400, 21_409]});
	await using consumer = await startControlServer({dataPorts: [21_410, 21_419]});
	const uid = 'live';
	const again = async (producerAddress: string, consumerAddress: string) => {
		using toProducer = connectControl(producerAddress);
		using toConsumer = connectControl(consumerAddress);
		return await setUpBoth({
			uid,
			connectionCount: 1,
			rateMegabitsPerSecond: 0,
			targets: [somewhere],
			signal: never,
			producer: toProducer,
			consumer: toConsumer,
		});
	};
	await again(producer.address, consumer.address);
	const standing = [await controlState(producer.address), await controlState(consumer.address)];
	t.like(standing[1], {free_ports: 9, sessions: [{uid, state: 'active'}]});
	for (const [producerAddress, says] of [
		[producer.address, /refused req: ALREADY_EXISTS/],
		// Nothing listens at the producer's: this fails before the consumer's server has answered.
		[somewhere, /cannot be reached/],
	] as const) {
		await t.throwsAsync(again(producerAddress, consumer.address), {message: says});
		t.deepEqual([await controlState(producer.address), await controlState(consumer.address)], standing);
	}
	// Before the connection stands, and interrupted.
	for (const {targets, signal} of [
		{targets: Promise.reject(new Error('none')), signal: never},
		{targets: Promise.withResolvers<readonly string[]>().promise, signal: AbortSignal.timeout(100)},
	]) {
		using connection = connectControl(consumer.address);
		const side = {
			uid,
			connection,
			role: 'CONS',
			connectionCount: 1,
			rateMegabitsPerSecond: 0,
			targets,
			signal,
		} as const;
		await t.throwsAsync(setUpSide(side));
		t.deepEqual(await controlState(consumer.address), standing[1]);
		// One that it did make is gone when it rejects.
		await t.throwsAsync(setUpSide({...side, uid: freshUid()}));
		t.deepEqual(await controlState(consumer.address), standing[1]);
	}
});

test('what a data server cannot do is refused by a server that answers, with what to do about it', async t => {
	// Both promise the first of the same ports; the second one's data server finds it taken.
	const servers = {dataPorts: [21_400, 21_409]} as const;
	await using producer = await startControlServer(servers);
	await using consumer = await startControlServer(servers);
	using toProducer = connectControl(producer.address);
	using toConsumer = connectControl(consumer.address);
	const request = {connectionCount: 1, rateMegabitsPerSecond: 0, targets: [somewhere], signal: never};
	const error = await t.throwsAsync(
		setUpBoth({...request, uid: freshUid(), producer: toProducer, consumer: toConsumer}),
		{instanceOf: StreambedError},
	);
	t.like(error, {code: 'CALL_REFUSED', exitCode: 2});
	t.regex(error.message, /refused update: FAILED_PRECONDITION: .*EADDRINUSE.*--data-ports that do not overlap/);
	t.like(await controlState(producer.address), {free_ports: 10, sessions: []});
	// A file that went after the server was started.
	const [ends, own] = [makeCertificate(folder), mkdtempSync(join(folder, 'mtls-'))];
	const credentials = {kind: 'certificate', ...ends, authorityFile: join(own, 'authority')} as const;
	writeFileSync(credentials.authorityFile, ends.pem);
	await using encrypted = await startControlServer({factory: await loadDataServer('mtls'), credentials});
	rmSync(credentials.authorityFile);
	using connection = connectControl(encrypted.address);
	await t.throwsAsync(setUpSide({...request, uid: freshUid(), role: 'PROD', connection}), {
		code: 'CALL_REFUSED',
		message: /refused update: FAILED_PRECONDITION: the credentials of mtls cannot be used: ENOENT/,
	});
});
