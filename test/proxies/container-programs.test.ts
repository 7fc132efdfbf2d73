import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import anyTest from 'ava';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {foreignTunnelKinds} from '#core/scenario/tunnel-schema.ts';
import {ContainerPrograms} from '#proxies/scistream/data-servers/container-programs.ts';
import type {DataServer, DataServerCounters} from '#proxies/scistream/data-servers/data-server.ts';
import {loadForeignServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {freePort, loopback, startPair} from '../support/data-server-pair.ts';
import {dataServerTest} from '../support/data-server-test.ts';

const testOf = await dataServerTest(anyTest.serial);

/** Plays the harness: what a gateway wants is a process, whose command is looked for as an image would. */
function withProcesses(): {readonly programs: ContainerPrograms; readonly children: ReadonlyMap<string, ChildProcess>} {
	const children = new Map<string, ChildProcess>();
	const programs: ContainerPrograms = new ContainerPrograms(event => {
		const {server} = event;
		if (event.kind === 'data-server-unwanted') {
			children.get(server)?.kill('SIGKILL');
			return;
		}
		const [program, ...parameters] = event.command;
		const child = spawn(program, parameters, {stdio: ['ignore', 'ignore', 'pipe']});
		children.set(server, child);
		child.once('spawn', () => programs.hear({kind: 'data-server-started', server}));
		child.once('error', ({message}) => {
			programs.hear({kind: 'data-server-refused', server, message, hint: 'bring another image'});
		});
		createInterface({input: child.stderr}).on('line', line => programs.hear({kind: 'data-server-said', server, line}));
		child.once('close', code => programs.hear({kind: 'data-server-ended', server, reason: `exit code ${code}`}));
	});
	return {programs, children};
}

/** Listens, and gives everyone who connects this much; the connection stays open. */
async function giving(bytes: number): Promise<AsyncDisposable & {readonly port: number}> {
	const sockets = new Set<Socket>();
	const server = createServer({allowHalfOpen: false}, socket => {
		sockets.add(socket.on('error', () => {}).resume());
		socket.write(Buffer.alloc(bytes, 7));
	});
	const port = await freePort();
	server.listen(port, loopback);
	await once(server, 'listening');
	return {
		port,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) {
				socket.destroy();
			}
			server.close();
		},
	};
}

/** Looks again for five seconds, until it is as wanted. */
async function countersOf(
	server: DataServer,
	wanted: (counters: DataServerCounters) => boolean,
): Promise<DataServerCounters> {
	let counters = await server.counters();
	for (let attempt = 0; attempt < 250 && !wanted(counters); attempt++) {
		await realClock.sleep(0.02);
		counters = await server.counters();
	}
	return counters;
}

for (const kind of foreignTunnelKinds) {
	testOf(kind)(
		`${kind} that somebody else starts is counted while connections are open and after, and its end is told`,
		async t => {
			const {programs, children} = withProcesses();
			const [given, sent] = [3_000_000, 'enough'];
			await using target = await giving(given);
			await using pair = await startPair(await loadForeignServer(kind, programs), {
				target: {host: loopback, port: target.port},
			});
			const client = connect(pair.port, loopback);
			let received = 0;
			client.on('data', ({length}) => {
				received += length;
			});
			while (received < given) {
				await once(client, 'data');
			}
			const open = {bytesForward: 0, bytesBackward: given, connectionsOpen: 1, connectionsTotal: 1};
			for (const server of [pair.inbound, pair.outbound]) {
				t.deepEqual(server.pids, [], 'no process of ours');
				t.like(await countersOf(server, ({bytesBackward}) => bytesBackward === given), open);
			}
			client.end(sent);
			for (const server of [pair.inbound, pair.outbound]) {
				const over = {...open, bytesForward: sent.length, connectionsOpen: 0};
				const isOver = ({connectionsOpen, bytesForward}: DataServerCounters) =>
					connectionsOpen === 0 && bytesForward === sent.length;
				t.like(await countersOf(server, isOver), over);
			}
			children.get('2')?.kill('SIGKILL');
			t.deepEqual(await pair.outbound.ended, {reason: 'exit code null'});
			await pair.inbound[Symbol.asyncDispose]();
			t.not(
				children.get('1')?.exitCode ?? children.get('1')?.signalCode ?? null,
				null,
				'ended when it was disposed of',
			);
		},
	);
}

const nowhere = {kind: 'haproxy', parameters: [], clock: realClock} as const;

testOf('haproxy')('one that ends at once is refused with how it ended', async t => {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	const {programs} = withProcesses();
	const starting = programs.start({
		...{...nowhere, parameters: ['-f', join(folder, 'none.cfg')], folder, signal: AbortSignal.timeout(10_000)},
		places: [{host: loopback, port: await freePort()}],
	});
	await t.throwsAsync(starting, {message: 'haproxy ended before it listened (exit code 1)'});
	rmSync(folder, {recursive: true});
});

anyTest('one that cannot be started is refused with what the harness says; so is a port that is taken', async t => {
	const asked: string[] = [];
	const programs: ContainerPrograms = new ContainerPrograms(({kind, server}) => {
		asked.push(`${kind} ${server}`);
		programs.hear({kind: 'data-server-refused', server, message: 'no haproxy in it', hint: 'bring another image'});
	});
	await using taken = await giving(1);
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	const start = (port: number) => {
		const signal = AbortSignal.timeout(10_000);
		return programs.start({...nowhere, folder, places: [{host: loopback, port}], signal});
	};
	const occupied = await t.throwsAsync(start(taken.port), {instanceOf: StreambedError});
	t.regex(occupied.message, new RegExp(`haproxy cannot listen at ${loopback}:${taken.port}: something does already`));
	t.deepEqual(asked, [], 'nothing was asked for');
	const refused = await t.throwsAsync(start(await freePort()), {instanceOf: StreambedError});
	t.like(refused, {code: 'DATA_SERVER_FAILED', message: 'no haproxy in it', hint: 'bring another image'});
	rmSync(folder, {recursive: true});
});

anyTest('a start that is given up is over when the harness says that the container is gone', async t => {
	const giveUp = new AbortController();
	const programs: ContainerPrograms = new ContainerPrograms(({kind, server}) => {
		if (kind === 'data-server-wanted') {
			giveUp.abort(new Error('enough'));
		} else {
			programs.hear({kind: 'data-server-ended', server, reason: 'somebody removed it'});
		}
	});
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	const places = [{host: loopback, port: await freePort()}];
	await t.throwsAsync(programs.start({...nowhere, folder, places, signal: giveUp.signal}), {message: 'enough'});
	rmSync(folder, {recursive: true});
});
