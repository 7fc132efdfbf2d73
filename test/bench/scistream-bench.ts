import {execFile} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {realClock} from '#core/clock.ts';
import {ControlConnection} from '#proxies/scistream/control-connection.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';
import {freshUid} from '#proxies/scistream/user-client.ts';
import {makeBareLink} from './bare-link.ts';
import type {BenchResult} from './bench-result.ts';
import {type ControlProcess, startControlProcess} from './control-process.ts';

/** How fast streams between two sites are set up, and what is left when they are gone. */
export async function scistreamBench(): Promise<BenchResult[]> {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		return [...(await setUpToFirstByte(folder)), ...(await manySessions(folder))];
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
	const program = [process.execPath, '--import=tsx', client, producer.address, consumer.address];
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
	await using server = await startControlProcess({state: join(folder, 'm'), ports: [22_201, 22_800]});
	using connection = connectTo(server);
	const one = async () => {
		const uid = freshUid();
		const request = connection.request({uid, role: 'PROD', num_conn: 2, rate: 0}, never);
		request.catch(() => {});
		await connection.hello({uid, prod_listeners: [nowhere], role: 'PROD'}, never);
		await request;
		await connection.update({uid, remote_listeners: [nowhere], role: 'PROD'}, never);
		return () => connection.release({uid}, never);
	};
	// What the compiler and the heap need once is no leak.
	for (let round = 0; round < 200; round++) {
		await (await one())();
	}
	const before = server.usage();
	const startNs = realClock.nowNs();
	const residentBytes: number[] = [];
	for (let round = 0; round < 1000; round++) {
		await (await one())();
		if (round % 50 === 49) {
			residentBytes.push(server.usage().residentBytes);
		}
	}
	const rowSeconds = Number(realClock.nowNs() - startNs) / 1e9;
	const releases = await Promise.all(Array.from({length: 200}, one));
	const during = await connection.list(never);
	await Promise.all(releases.map(release => release()));
	const after = server.usage();
	const {free_ports} = await connection.list(never);
	const leftCount =
		600 -
		free_ports +
		readdirSync(join(folder, 'm/sessions')).length +
		Math.max(0, after.childCount - before.childCount);
	const slope = slopePerRound(residentBytes.slice(residentBytes.length / 2)) / 50;
	return [
		{
			name: 'left after 1,000 sessions in a row and 200 at once: ports, folders, processes',
			value: leftCount,
			unit: 'things',
			target: '0',
			met: leftCount === 0 && during.sessions.length === 200,
			detail: `${during.sessions.length} at once; ${(1000 / rowSeconds).toFixed(0)} sessions/s in a row`,
		},
		{
			name: 'descriptors left in the control server',
			value: after.descriptorCount - before.descriptorCount,
			unit: 'descriptors',
			target: '≤ 2',
			met: after.descriptorCount - before.descriptorCount <= 2,
			detail: `${before.descriptorCount} before, ${after.descriptorCount} after`,
		},
		{
			name: 'memory of the control server, slope over the second 500 of 1,000 sessions',
			value: Math.round(slope),
			unit: 'B a session',
			target: '≤ 4,096 B a session',
			met: slope <= 4096,
			detail: `resident, ${(before.residentBytes / 1e6).toFixed(0)} MB before, ${(after.residentBytes / 1e6).toFixed(0)} MB after; least squares over ten readings`,
		},
	];
}

function connectTo({address}: ControlProcess): ControlConnection {
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

const nowhere = '127.0.0.1:9';
