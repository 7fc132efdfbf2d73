import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {execa} from 'execa';
import {run} from '#cli/run.ts';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {recordCountOf, recordsOf} from '#core/records/record-lines.ts';
import type {RunDocument} from '#core/records/run-document.ts';
import {type RecordBody, recordSchema, type StreambedRecord} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {writeReport} from '#reports/write-report.ts';
import {type RunOptions, runScenario} from '#run/run.ts';
import type {PendingDraw} from '#testbeds/simulated/pending-draw.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import {temporaryFolders} from '../reports/fixtures/temporary-folders.ts';

const figure10 = join(packageRoot, 'scenarios/zamani2018/figure-10.yaml');
const temporaryFolder = temporaryFolders();
const never = () => new AbortController().signal;

type SimulateOptions = Partial<Pick<RunOptions, 'threadCount' | 'signal' | 'onRecord'>> & {
	readonly set?: readonly string[];
};

async function simulate({set = [], threadCount = 2, signal = never(), onRecord = () => {}}: SimulateOptions = {}) {
	const loaded = loadScenario(figure10, {set});
	const outDir = temporaryFolder();
	return runScenario({
		loaded,
		testbed: simulatedTestbed,
		threadCount,
		outDir,
		clock: realClock,
		signal,
		onRecord,
		onPhase: () => {},
	});
}

const firstOfReserved = {variant: 'reserved', repeat: 0};

const textOf = (folder: string, name: string) => readFile(join(folder, name), 'utf8');

const documentOf = async (folder: string) => JSON.parse(await textOf(folder, 'run.json')) as RunDocument;

test('the same seed gives the same records and summary, byte for byte, however many threads there are', async t => {
	const seen = [];
	for (const threadCount of [1, 2, 5]) {
		const {folder, verdict} = await simulate({threadCount, set: ['repeat=3', 'timing.drive=300s']});
		await writeReport(folder);
		t.is(verdict, 'valid');
		seen.push({records: await textOf(folder, 'records.ndjson'), summary: await textOf(folder, 'summary.json')});
	}
	const [first] = seen;
	if (!first) {
		throw new Error('nothing was simulated');
	}
	for (const one of seen) {
		t.true(one.records === first.records, 'records differ');
		t.is(one.summary, first.summary);
	}
	const records = first.records
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line) as StreambedRecord);
	t.deepEqual(
		[...new Set(records.map(({variant, repeat}) => `${variant} ${repeat}`))],
		['reserved 0', 'reserved 1', 'reserved 2', 'tcp 0', 'tcp 1', 'tcp 2'],
	);
	const begun = records.map(({variant, repeat}) => `${variant} ${repeat}`);
	t.is(begun.filter((name, index) => name !== begun[index - 1]).length, 6);
	const seeds = records.flatMap(record => (record.kind === 'run.started' ? record.seed : []));
	t.deepEqual(seeds, [1, 2, 3, 1, 2, 3]);
});

test('a simulated run has no calibration and no fidelity samples, and its page says that it is a model', async t => {
	const kinds = new Set<string>();
	const {folder, status} = await simulate({onRecord: ({kind}) => kinds.add(kind)});
	t.is(status, 'completed');
	const {outcomes, testbed} = await documentOf(folder);
	t.is(testbed, 'simulated');
	t.deepEqual(
		outcomes.map(({verdict, calibration, reasons}) => [verdict, calibration.length, reasons.length]),
		[
			['valid', 0, 0],
			['valid', 0, 0],
		],
	);
	t.true(kinds.has('chunk.delivered') && !kinds.has('fidelity.sample'));
	const {htmlPath, summary} = await writeReport(folder);
	t.is(summary.runId, undefined);
	t.regex(await readFile(htmlPath, 'utf8'), /This is a simulation: sites, links and processors are a model/);
});

test('a draw that reaches a limit fails with its reason, and the run is invalid', async t => {
	const {folder, status, verdict, failure} = await simulate({set: ['limits.eventCount=1000']});
	t.deepEqual([status, verdict, failure?.code], ['failed', 'invalid', 'LIMIT_REACHED']);
	t.regex(failure?.message ?? '', /handled 1000 events/);
	t.is(failure?.hint, 'raise limits.eventCount in the scenario, or drive for less time');
	t.regex((await documentOf(folder)).outcomes[0]?.reasons[0]?.reason ?? '', /handled 1000 events/);
	const full = await simulate({set: ['limits.records=1000']});
	t.deepEqual([full.status, full.failure?.code], ['failed', 'LIMIT_REACHED']);
	t.is((await textOf(full.folder, 'records.ndjson')).trimEnd().split('\n').length, 1000);
});

test('an interrupted simulation ends in order, also while threads wait for their reader', async t => {
	const halt = new AbortController();
	let count = 0;
	const {folder, status} = await simulate({
		set: ['timing.drive=700h', 'repeat=4'],
		signal: halt.signal,
		onRecord() {
			count++;
			if (count === 100_000) {
				halt.abort();
			}
		},
	});
	t.is(status, 'interrupted');
	const last = (await textOf(folder, 'records.ndjson')).trimEnd().split('\n').at(-1) ?? '';
	t.like(JSON.parse(last) as StreambedRecord, {kind: 'run.ended', outcome: 'interrupted', variant: 'reserved'});
	t.is((await writeReport(folder)).summary.status, 'interrupted');
});

test('a thread that is ahead of its reader waits for it, and goes on when it is read', async t => {
	const scenario = loadScenario(figure10, {set: ['timing.drive=20h', 'timeline=[]']}).variants[0]?.scenario;
	if (!scenario) {
		t.fail('the scenario has no variant');
		return;
	}
	await using simulations = await simulatedTestbed.open({threadCount: 1});
	const draw = simulations.begin({...firstOfReserved, scenario, seed: 1, signal: never()}) as PendingDraw;
	for (let waited = 0; waited < 300 && draw.pendingBatchCount[0] !== 64; waited++) {
		await realClock.sleep(0.1);
	}
	// Some more time in which a thread that does not wait would go on.
	await realClock.sleep(0.3);
	t.is(draw.pendingBatchCount[0], 64);
	const records: StreambedRecord[] = [];
	const end = await draw.read(lines => {
		const batch = recordsOf(lines);
		t.is(recordCountOf(lines), batch.length);
		records.push(...batch);
	});
	t.is(end.outcome, 'completed');
	t.true(records.length > 64_000, `${records.length} records`);
	t.is(records.at(-1)?.kind, 'run.ended');
});

test('what a module collects in a thread is what the lines of the same draw say, and every line passes the schema', async t => {
	const scenario = loadScenario(figure10, {}).variants[0]?.scenario;
	if (!scenario) {
		t.fail('the scenario has no variant');
		return;
	}
	await using simulations = await simulatedTestbed.open({threadCount: 2});
	const {recordCollector} = await import('#cli/draw-collector.ts');
	const order = {scenario, seed: 3, signal: never()};
	const {end, collected} = await simulations.collect({...order, collectorUrl: recordCollector.url});
	t.is(end.outcome, 'completed');
	const collector = recordCollector.begin(scenario);
	const lines = simulations.begin({...order, ...firstOfReserved});
	await lines.read(batch => {
		for (const record of recordsOf(batch)) {
			t.deepEqual<unknown, unknown>(recordSchema.parse(record), record);
			const {variant: _, repeat: __, ...body} = record;
			collector.add(body as RecordBody);
		}
	});
	t.deepEqual(collected, collector.finish());
});

test('threads that are under way or wait are gone when their room is disposed of', async t => {
	const scenario = loadScenario(figure10, {set: ['timing.drive=700h', 'timeline=[]']}).variants[0]?.scenario;
	if (!scenario) {
		t.fail('the scenario has no variant');
		return;
	}
	const simulations = await simulatedTestbed.open({threadCount: 1});
	const draw = simulations.begin({...firstOfReserved, scenario, seed: 1, signal: never()});
	await realClock.sleep(0.3);
	await simulations[Symbol.asyncDispose]();
	await t.throwsAsync(
		draw.read(() => {}),
		{message: /Terminating worker thread/},
	);
});

test('what goes wrong in a thread or in its reader is said by the draw', async t => {
	const scenario = loadScenario(figure10, {}).variants[0]?.scenario as NonNullable<unknown>;
	await using simulations = await simulatedTestbed.open({threadCount: 2});
	const begin = (changes: object) =>
		simulations.begin({...firstOfReserved, scenario: {...scenario, ...changes} as never, seed: 1, signal: never()});
	await t.throwsAsync(
		begin({topology: null}).read(() => {}),
		// It comes from another thread, and with it from another TypeError.
		{any: true, message: /of null/},
	);
	const unreadable = begin({}).read(() => {
		throw new Error('full');
	});
	await t.throwsAsync(unreadable, {message: 'full'});
});

test('the command simulates without any tool on its path, and refuses --workers elsewhere', async t => {
	const streambed = join(packageRoot, 'dist/harness/cli/streambed.js');
	const args = ['run', figure10, '--testbed', 'simulated', '--workers', '1', '--out', temporaryFolder(), '--json'];
	const {stdout, exitCode} = await execa(process.execPath, [streambed, ...args], {env: {PATH: '/nonexistent'}});
	t.is(exitCode, 0);
	t.like(JSON.parse(stdout), {status: 'completed', verdict: 'valid'});
	const flags = {
		scenarios: [figure10],
		records: 'all' as const,
		set: [],
		variant: [],
		out: temporaryFolder(),
		json: false,
		write: () => {},
	};
	const error = await t.throwsAsync(run({...flags, testbed: 'namespaces', workers: 2}), {instanceOf: StreambedError});
	t.is(error.code, 'USAGE');
});
