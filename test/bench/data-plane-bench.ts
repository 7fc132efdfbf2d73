import {execFile, spawn} from 'node:child_process';
import {promisify} from 'node:util';
import {realClock} from '#core/clock.ts';
import {OpenLoopPacer} from '#workload/open-loop-pacer.ts';
import {next, openStream, siteSetup, startClock} from '../support/data-plane.ts';
import {SiteProcess} from '../support/site-process.ts';
import {type BareLink, makeBareLink} from './bare-link.ts';
import type {BenchResult} from './bench-result.ts';

/** Sends as punctual as an instrument's, and chunks as fast as the transport carries them. */
export async function dataPlaneBench(): Promise<readonly BenchResult[]> {
	return [await measurePacing(), await measureCarrying()];
}

const sendsPerSecond = 5000;
const pacingSeconds = 5;
const latenessMarkMs = 1;

async function measurePacing(): Promise<BenchResult> {
	using pacer = new OpenLoopPacer(realClock);
	const count = sendsPerSecond * pacingSeconds;
	const startNs = realClock.nowNs() + 100_000_000n;
	const latenessMs: number[] = [];
	await new Promise<void>(resolve => {
		pacer.add({
			instantNs: index =>
				index < count ? startNs + (BigInt(index) * 1_000_000_000n) / BigInt(sendsPerSecond) : undefined,
			onDue: (_, latenessSeconds) => latenessMs.push(latenessSeconds * 1000),
			onEnd: resolve,
		});
	});
	const sorted = latenessMs.toSorted((a, b) => a - b);
	const percentile = (share: number) => sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN;
	return {
		name: `open-loop pacing at ${sendsPerSecond} sends/s: lateness, 99th percentile`,
		value: percentile(0.99),
		unit: 'ms',
		target: `≤ ${latenessMarkMs} ms`,
		met: sorted.length === count && percentile(0.99) <= latenessMarkMs,
		detail: `${sorted.length} sends; median ${percentile(0.5).toFixed(4)} ms, longest ${percentile(1).toFixed(2)} ms`,
	};
}

const chunkBytes = 1_000_000;
const carrySeconds = 3;
const rounds = 3;
const shareMark = 0.6;

/** The two take turns on one link, so that what else the machine does falls on both. */
async function measureCarrying(): Promise<BenchResult> {
	await using link = await makeBareLink();
	const iperf3: number[] = [];
	const ours: number[] = [];
	for (let round = 0; round < rounds; round++) {
		iperf3.push(await iperf3BitsPerSecond(link));
		ours.push(await chunkBitsPerSecond(link));
	}
	const ratio = mean(ours) / mean(iperf3);
	return {
		name: 'ZeroMQ, producer to consumer over an unshaped link: share of what iperf3 gets there',
		value: ratio,
		unit: 'ratio',
		target: `≥ ${shareMark}`,
		met: ratio >= shareMark,
		detail: [
			`${gigabits(ours)} against ${gigabits(iperf3)} Gbit/s in turn`,
			'1 MB chunks of one slice, TCP cubic, both programs as in a run, every content hash checked',
		].join('; '),
	};
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const gigabits = (values: readonly number[]) => values.map(value => (value / 1e9).toFixed(1)).join(', ');

async function iperf3BitsPerSecond({prefix, address}: BareLink): Promise<number> {
	const [serverProgram = '', ...serverArguments] = [...prefix('b'), 'iperf3', '--server', '--one-off', '--forceflush'];
	const server = spawn(serverProgram, serverArguments, {stdio: ['ignore', 'pipe', 'inherit']});
	await new Promise<void>((resolve, reject) => {
		server.stdout.on('data', (text: Buffer) => `${text}`.includes('listening') && resolve());
		server.once('error', reject);
		server.once('exit', exitCode => reject(new Error(`iperf3 ended with ${exitCode} before it listened`)));
	});
	const client = [...prefix('a'), 'iperf3', '--client', address, '--time', `${carrySeconds}`, '--json'];
	const [clientProgram = '', ...clientArguments] = client;
	const {stdout} = await promisify(execFile)(clientProgram, clientArguments, {maxBuffer: 1e8});
	const {end} = JSON.parse(stdout) as {end: {sum_received: {bits_per_second: number}}};
	return end.sum_received.bits_per_second;
}

/** The producer has more chunks due than it can send; counted is what the consumer checked, from its second second on. */
async function chunkBitsPerSecond({prefix, address}: BareLink): Promise<number> {
	await using producer = new SiteProcess('producer', {prefix: prefix('a')});
	await using consumer = new SiteProcess('consumer', {prefix: prefix('b')});
	const endpoint = `tcp://${address}:5000`;
	const setup = {
		timeScale: 1,
		chunkBytes,
		sliceBytes: chunkBytes,
		bufferedBytesMax: 1e12,
		frames: {encoding: 'raw', jpegQuality: 90, distinct: 8},
	} as const;
	producer.send(siteSetup(setup));
	consumer.send(siteSetup({...setup, listenEndpoint: endpoint}));
	await Promise.all([producer.some('set-up'), consumer.some('set-up')]);
	const clock = startClock({inSeconds: 0.2});
	consumer.send(clock, openStream());
	await consumer.some('stream-opened');
	const sends = {firstPlannedSeconds: 0, everySeconds: 1e-6, endSeconds: 0.02};
	producer.send(clock, openStream({...next(endpoint), sends}));
	await realClock.sleep(0.2 + 1 + carrySeconds);
	const counted = consumer
		.of('chunk-arrived')
		.filter(({arrivedSeconds}) => arrivedSeconds >= 1 && arrivedSeconds < 1 + carrySeconds);
	return (counted.length * chunkBytes * 8) / carrySeconds;
}
