import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {realClock} from '#core/clock.ts';
import {median} from '#core/median.ts';
import {packageRoot} from '#core/package-root.ts';
import {recordCountOf} from '#core/records/record-lines.ts';
import {openRecordWriter} from '#core/records/writer.ts';
import {loadScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import type {BenchResult} from '../bench-result.ts';

const roundCount = 3;

/** The twelve streams of Fig. 10, without the drop, for a hundred hours: one draw in a thread, as `streambed run` makes it. */
export async function recordsWritten(): Promise<BenchResult> {
	const path = join(packageRoot, 'scenarios/zamani2018/figure-10.yaml');
	const set = ['timing.drive=100h', 'timeline=[]'];
	const scenario = loadScenario(path, {set, only: ['reserved']}).variants[0]?.scenario;
	if (!scenario) {
		throw new Error(`${path} has lost its variant`);
	}
	const rounds = [];
	for (let round = 0; round < roundCount; round++) {
		rounds.push(await writtenOnce(scenario));
	}
	const rates = rounds.map(({eventCount, seconds}) => eventCount / seconds);
	const value = Math.round(median(rates));
	const [first] = rounds;
	return {
		name: 'simulation, records written',
		value,
		unit: 'events/s',
		target: '≥ 1,000,000 events/s',
		met: value >= 1e6,
		detail: `twelve streams for 100 hours: ${first?.eventCount} events, ${first?.recordCount} records, model and brain included; median of ${rates.map(rate => (rate / 1e6).toFixed(2)).join(', ')} million/s, each in a new thread`,
	};
}

async function writtenOnce(scenario: Scenario) {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		using writer = openRecordWriter(join(folder, 'records.ndjson'), {maxCount: 1e8});
		await using simulations = await simulatedTestbed.open({threadCount: 1});
		const signal = new AbortController().signal;
		let recordCount = 0;
		const startNs = realClock.nowNs();
		const draw = simulations.begin({scenario, seed: 1, variant: 'reserved', repeat: 0, signal});
		const {eventCount} = await draw.read(lines => {
			recordCount += recordCountOf(lines);
			writer.writeLines(lines);
		});
		return {eventCount, recordCount, seconds: Number(realClock.nowNs() - startNs) / 1e9};
	} finally {
		rmSync(folder, {recursive: true});
	}
}
