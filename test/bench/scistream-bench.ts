import {execFile} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {realClock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import {ControlConnection} from '#proxies/scistream/control-connection.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';
import {freshUid} from '#proxies/scistream/fresh-uid.ts';
import {setUpSide} from '#proxies/scistream/user-client.ts';
import {startControlServer} from '../support/control-server.ts';
import {makeBareLink} from './bare-link.ts';
import type {BenchResult} from './bench-result.ts';
import {startControlProcess} from './control-process.ts';

/** How fast streams between two sites are set up, and what is left when they are gone. */
export async function scistreamBench(): Promise<BenchResult[]> {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		return [...(await setUpToFirstByte(folder)), ...(await manySessions(folder)), await memorySlope()];
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

const never = new AbortController().signal;

/** A server in each of two namespaces, a client and a producing application beside the first: the first set-up, when nothing is warm, and those after it. */
async function setUpToFirstByte(folder: string): Promise<BenchResult[]> {
	await using link = await makeBareLink();
	for (const end of ['a', 'b'] as const) {
		await run(link.prefix(end), ['ip', 'link', 'set', 'dev', 'lo', 'up']);
	}
	await using producer = await startControlProcess({
		state: join(folder, 'p'),
		ports: [22_001, 22_099],
		host: '198.18.0.1',
		prefix: link.prefix('a'),
	});
	await using consumer = await startControlProcess({
		state: join(folder, 'c'),
		ports: [22_101, 22_199],
		host: link.address,
		prefix: link.prefix('b'),
	});
	const client = fileURLToPath(new URL('set-up-client.ts', import.meta.url));
	// By its full name: entering a mount namespace leaves the working folder.
	const program = [
		process.execPath,
		`--import=${import.meta.resolve('tsx')}`,
		client,
		producer.address,
		consumer.address,
	];
	const [firstMs = 0, ...laterMs] = JSON.parse(await run(link.prefix('a'), program)) as number[];
	laterMs.sort((a, b) => a - b);
	return [
		['the first of two servers', firstMs, 'nothing is warm'] as const,
		['median of those after it', laterMs[10] ?? 0, `20 set-ups, the slowest ${laterMs.at(-1)?.toFixed(0)} ms`] as const,
	].map(([which, value, detail]) => ({
		name: `set-up of both sides to the first byte, relay, between two namespaces: ${which}`,
		value: Math.round(value),
		unit: 'ms',
		target: '≤ 150 ms',
		met: value <= 150,
		detail,
	}));
}

async function run(prefix: readonly string[], command: readonly string[]): Promise<string> {
	const [program = '', ...parameters] = [...prefix, ...command];
	return (await promisify(execFile)(program, parameters)).stdout;
}

async function manySessions(folder: string): Promise<BenchResult[]> {
	await using server = await startControlProcess({state: join(folder, 'm'), ports: [22_901, 22_900 + portCount]});
	using connection = connectTo(server.address);
	const one = () => openOne(connection);
	// What the compiler and the heap need once is no leak.
	for (let round = 0; round < 200; round++) {
		await (await one())();
	}
	const before = server.usage();
	const startNs = realClock.nowNs();
	for (let round = 0; round < 1000; round++) {
		await (await one())();
	}
	const rowSeconds = Number(realClock.nowNs() - startNs) / 1e9;
	const at200 = await holdAtOnce(200, connection);
	const at1000 = await holdAtOnce(1000, connection);
	const after = server.usage();
	const {free_ports} = await connection.list(never);
	const leftCount =
		portCount -
		free_ports +
		readdirSync(join(folder, 'm/sessions')).length +
		Math.max(0, after.childCount - before.childCount);
	return [
		{
			name: 'left after 1,000 sessions in a row, 200 and 1,000 held at once, relay: ports, folders, processes',
			value: leftCount,
			unit: 'things',
			target: '0',
			met: leftCount === 0 && at200.heldCount === 200 && at1000.heldCount === 1000,
			detail: `${(1000 / rowSeconds).toFixed(0)} sessions/s in a row; ${at200.heldCount} held ${at200.seconds.toFixed(1)} s, ${at1000.heldCount} held ${at1000.seconds.toFixed(1)} s after they were asked for`,
		},
		{
			name: 'descriptors left in the control server',
			value: after.descriptorCount - before.descriptorCount,
			unit: 'descriptors',
			target: '≤ 2',
			met: after.descriptorCount - before.descriptorCount <= 2,
			detail: `${before.descriptorCount} before, ${after.descriptorCount} after`,
		},
	];
}

/** Sessions that stand at the same moment; how many the server saw, and how long it took until they stood. */
async function holdAtOnce(
	count: number,
	connection: ControlConnection,
): Promise<{readonly heldCount: number; readonly seconds: Seconds}> {
	const startNs = realClock.nowNs();
	const releases = await Promise.all(Array.from({length: count}, () => openOne(connection)));
	const seconds = Number(realClock.nowNs() - startNs) / 1e9;
	const {sessions} = await connection.list(never);
	await Promise.all(releases.map(release => release()));
	return {heldCount: sessions.filter(({state}) => state === 'active').length, seconds};
}

/** In this process, where a full collection can be asked for: what a thousand sessions leave on the heap of server, client and data server. */
async function memorySlope(): Promise<BenchResult> {
	await using server = await startControlServer({dataPorts: [22_801, 22_810]});
	using connection = connectTo(server.address);
	const heapBytes: number[] = [];
	for (let round = 0; round < 15; round++) {
		for (let session = 0; session < 100; session++) {
			await (await openOne(connection))();
		}
		collect();
		const {heapUsed, external} = process.memoryUsage();
		heapBytes.push(heapUsed + external);
	}
	const bytes = slopePerRound(heapBytes.slice(5)) / 100;
	return {
		name: 'memory: slope over 1,000 sessions in a row, after 500',
		value: Math.round(bytes),
		unit: 'B a session',
		target: '≤ 256 B a session',
		met: bytes <= 256,
		detail: `heap and buffers after full collections, least squares over ten readings; ${((heapBytes.at(-1) ?? 0) / 1e6).toFixed(1)} MB at the end`,
	};
}

/** One session up to a data server that runs; what comes back releases it. */
async function openOne(connection: ControlConnection): Promise<() => Promise<unknown>> {
	const setup = {connection, uid: freshUid(), role: 'PROD', connectionCount: 2, rateMegabitsPerSecond: 0} as const;
	await setUpSide({...setup, targets: [nowhere], signal: never});
	return () => connection.release({uid: setup.uid}, never);
}

function connectTo(address: string): ControlConnection {
	const server = parseEndpoint(address);
	if (!server) {
		throw new Error(`${address} is no endpoint`);
	}
	return new ControlConnection({server, callSeconds: 30, clock: realClock});
}

/** By least squares, for readings at equal distances. */
function slopePerRound(readings: readonly number[]): number {
	const mean = readings.reduce((sum, reading) => sum + reading, 0) / readings.length;
	const middle = (readings.length - 1) / 2;
	const products = readings.map((reading, index) => (index - middle) * (reading - mean));
	const squares = readings.map((_, index) => (index - middle) ** 2);
	return products.reduce((sum, one) => sum + one, 0) / squares.reduce((sum, one) => sum + one, 0);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const nowhere = '127.0.0.1:9';
/** Two for each of a thousand sessions, and some to spare. */
const portCount = 2100;
