import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {realClock} from '#core/clock.ts';
import {median} from '#core/median.ts';
import {packageRoot} from '#core/package-root.ts';
import {randomStream} from '#core/random.ts';
import {RecordLineBatches, recordCountOf} from '#core/records/record-lines.ts';
import {openRecordWriter} from '#core/records/writer.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {Engine} from '#testbeds/simulated/engine.ts';
import {priorities} from '#testbeds/simulated/priorities.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import type {BenchResult} from './bench-result.ts';

/** How fast virtual time passes, and whether it leaves anything behind. */
export async function simulationBench(): Promise<readonly BenchResult[]> {
	return [bareEngine(), memorySlope(), await withRecords(), await halfAnHour()];
}

const pendingCount = 256;

/** Events that schedule one another at random distances, so many of them waiting at any time. */
function busyEngine(): Engine {
	const engine = new Engine({eventCountMax: Number.MAX_SAFE_INTEGER, pendingCountMax: 10 * pendingCount});
	const chance = randomStream(1, 'simulation-bench');
	const delays = Float64Array.from({length: 65_536}, () => chance.next());
	let drawn = 0;
	const again = () => {
		drawn = (drawn + 1) & 65_535;
		engine.at(engine.nowSeconds + (delays[drawn] as number), priorities.movement, again);
	};
	for (let index = 0; index < pendingCount; index++) {
		again();
	}
	engine.handle(1_000_000);
	return engine;
}

function bareEngine(): BenchResult {
	const engine = busyEngine();
	const perRound = 3_000_000;
	const rates = Array.from({length: 7}, () => perRound / secondsOf(() => engine.handle(perRound)));
	const value = Math.round(median(rates));
	return {
		name: 'simulation engine, bare',
		value,
		unit: 'events/s',
		target: '≥ 3,000,000 events/s',
		met: value >= 3e6,
		detail: `median of ${rates.length} rounds of ${perRound} events, ${pendingCount} waiting; best ${(Math.max(...rates) / 1e6).toFixed(1)} million/s`,
	};
}

function memorySlope(): BenchResult {
	const engine = busyEngine();
	const readings: number[] = [];
	const rounds = 20;
	const perRound = 5_000_000;
	for (let round = 0; round < rounds; round++) {
		engine.handle(perRound);
		readings.push(heldBytes());
	}
	// From the second half, when the compiler has done its work.
	const late = readings.slice(rounds / 2);
	const value = Math.round((late.at(-1) as number) - (late[0] as number));
	return {
		name: `memory that the engine gained over the last half of ${(rounds * perRound) / 1e6} million events`,
		value,
		unit: 'bytes',
		target: '≤ 100,000 bytes',
		met: value <= 100_000,
		detail: 'heap and array buffers after a full collection',
	};
}

/** The twelve streams of Fig. 10, without the drop, for a hundred hours. */
async function withRecords(): Promise<BenchResult> {
	const path = join(packageRoot, 'scenarios/zamani2018/figure-10.yaml');
	const set = ['timing.drive=100h', 'timeline=[]'];
	const scenario = loadScenario(path, {set, only: ['reserved']}).variants[0]?.scenario;
	if (!scenario) {
		throw new Error(`${path} has lost its variant`);
	}
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	let recordCount = 0;
	let eventCount = 0;
	try {
		using writer = openRecordWriter(join(folder, 'records.ndjson'), {maxCount: 1e8});
		const batches = new RecordLineBatches({variant: 'reserved', repeat: 0}, lines => {
			recordCount += recordCountOf(lines);
			writer.writeLines(lines);
		});
		const signal = new AbortController().signal;
		const startNs = realClock.nowNs();
		({eventCount} = await simulateVariant({scenario, seed: 1, signal, emit: record => batches.add(record)}));
		batches.flush();
		const value = Math.round(eventCount / secondsSince(startNs));
		return {
			name: 'simulation, records written',
			value,
			unit: 'events/s',
			target: '≥ 1,000,000 events/s',
			met: value >= 1e6,
			detail: `twelve streams for 100 hours: ${eventCount} events, ${recordCount} records, model and brain included`,
		};
	} finally {
		rmSync(folder, {recursive: true});
	}
}

/** 194 requests in half an hour on 90 workers; every seed once. */
async function halfAnHour(): Promise<BenchResult> {
	const path = join(packageRoot, 'scenarios/zamani2018/figure-7.yaml');
	const scenario = loadScenario(path, {only: ['minimum-60']}).variants[0]?.scenario;
	if (!scenario) {
		throw new Error(`${path} has lost its variant`);
	}
	const seconds: number[] = [];
	for (let seed = 1; seed <= 15; seed++) {
		let recordCount = 0;
		const startNs = realClock.nowNs();
		const signal = new AbortController().signal;
		await simulateVariant({
			scenario,
			seed,
			signal,
			emit() {
				recordCount++;
			},
		});
		seconds.push(secondsSince(startNs));
		if (recordCount === 0) {
			throw new Error('the simulation wrote nothing');
		}
	}
	const value = Number(median(seconds).toPrecision(3));
	return {
		name: '194 requests in 30 minutes on 90 workers',
		value,
		unit: 's',
		target: '≤ 0.1 s',
		met: value <= 0.1,
		detail: `median of ${seconds.length} seeds; the first in a fresh process ${(seconds[0] as number).toPrecision(2)} s`,
	};
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heldBytes(): number {
	collect();
	const {heapUsed, arrayBuffers} = process.memoryUsage();
	return heapUsed + arrayBuffers;
}

function secondsOf(work: () => void): number {
	const startNs = realClock.nowNs();
	work();
	return secondsSince(startNs);
}

function secondsSince(startNs: bigint): number {
	return Number(realClock.nowNs() - startNs) / 1e9;
}
