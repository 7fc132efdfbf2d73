import {appendFile, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {run} from '#cli/run.ts';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import type {StreambedRecord} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {describeActual} from '#reports/expectations.ts';
import {readRun} from '#reports/read-run.ts';
import {writeReport} from '#reports/write-report.ts';
import {type RunOptions, runScenario} from '#run/run.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import {temporaryFolders} from '../reports/fixtures/temporary-folders.ts';

const quickstart = join(packageRoot, 'scenarios/quickstart.yaml');
const temporaryFolder = temporaryFolders();

async function sweep(options: Pick<RunOptions, 'threadCount' | 'measuring'>, repeat = 3) {
	const {folder} = await runScenario({
		loaded: loadScenario(quickstart, {set: [`repeat=${repeat}`], only: ['adaptive', 'tcp']}),
		testbed: simulatedTestbed,
		outDir: temporaryFolder(),
		clock: realClock,
		signal: new AbortController().signal,
		onRecord: () => {},
		onPhase: () => {},
		...options,
	});
	return folder;
}

test('a sweep that keeps the records of first draws says the same as one that keeps all, however many threads there are', async t => {
	const {recordCollector} = await import('#cli/measure-collector.ts');
	let endedCount = 0;
	const measuring = {
		collectorUrl: recordCollector.url,
		onCounts: (counts: ReadonlyMap<string, number>) => {
			endedCount += counts.get('run.ended') ?? 0;
		},
	};
	const whole = await sweep({threadCount: 2});
	const measured = await sweep({threadCount: 2, measuring});
	t.is(endedCount, 4);
	const [wholeReport, report] = [await writeReport(whole), await writeReport(measured)];
	t.is(report.summary.verdict, 'valid');
	t.deepEqual(report.summary.variants, wholeReport.summary.variants);
	t.deepEqual(report.expectations, wholeReport.expectations);
	t.true(wholeReport.expectations.some(({expectation}) => expectation.atSeconds !== undefined));
	t.deepEqual(report.outcomes, wholeReport.outcomes);
	const records = (await readFile(join(measured, 'records.ndjson'), 'utf8'))
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line) as StreambedRecord);
	t.deepEqual([...new Set(records.map(({variant, repeat}) => `${variant} ${repeat}`))], ['adaptive 0', 'tcp 0']);
	const page = await readFile(report.htmlPath, 'utf8');
	t.regex(page, /Figures are of the first draw of each variant; measures are over all of them/);
	const alone = await sweep({threadCount: 1, measuring});
	for (const name of ['draws.ndjson', 'records.ndjson']) {
		t.true((await readFile(join(alone, name))).equals(await readFile(join(measured, name))), name);
	}
	// A last line that was cut short is what a killed run leaves; any other must be whole.
	const path = join(alone, 'draws.ndjson');
	await appendFile(path, '{"variant":"tcp","rep');
	t.is((await readRun(alone)).measuredOnly?.length, 4);
	await appendFile(path, '\n{}\n');
	const error = await t.throwsAsync(readRun(alone), {instanceOf: StreambedError});
	t.is(error.code, 'RUN_FOLDER_INVALID');
	t.regex(error.message, /draws\.ndjson: line 5 /);
});

test('of many draws a report says how often each value was found, or how far they reach', t => {
	const [expectation] = loadScenario(quickstart, {}).variants[0]?.scenario.expect ?? [];
	if (!expectation) {
		t.fail('the scenario expects nothing');
		return;
	}
	const text = (actual: readonly number[]) => describeActual({variant: 'x', expectation, passed: true, actual});
	t.is(text([4, 4, 3]), '4, 4, 3');
	t.is(text(Array.from({length: 1000}, (_, index) => (index % 10 === 0 ? 3 : 4))), '3 (100 times), 4 (900 times)');
	t.is(text(Array.from({length: 50}, (_, index) => index)), '0 to 49 in 50 draws');
});

test('records of real links are kept', async t => {
	const flags = {scenarios: [quickstart], set: [], variant: [], out: temporaryFolder(), json: false, write: () => {}};
	const error = await t.throwsAsync(run({...flags, testbed: 'namespaces', records: 'first'}), {
		instanceOf: StreambedError,
	});
	t.is(error.code, 'USAGE');
});
