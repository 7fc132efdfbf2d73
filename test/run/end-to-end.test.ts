import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import anyTest from 'ava';
import type {RecordKind} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {summarySchema} from '#reports/summary-schema.ts';
import {CliProcess, shortRun} from '../support/cli-process.ts';
import {ofKind} from '../support/of-kind.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

const filesOfARun = [
	'run.json',
	'scenario.json',
	'records.ndjson',
	'summary.json',
	'summary.csv',
	'chunks.csv',
	'summary.md',
	'junit.xml',
	'ro-crate-metadata.json',
	'report.html',
	'histograms/default-0-planned.hlog',
	'figures/delivering.svg',
	'figures/delivering.png',
	'figures/delivering.vl.json',
];

test('a run from the command line leaves a whole run folder whose numbers hang together', async t => {
	await using cli = new CliProcess(['run', shortRun, '--json']);
	const {exitCode} = await cli.ended;
	t.is(exitCode, 0, cli.stderr);

	for (const file of filesOfARun) {
		t.true(existsSync(join(cli.runFolder, file)), `${file} is missing`);
	}
	const document = cli.document();
	t.like(document, {status: 'completed', scenario: 'short-run', timeScale: 0.1, testbed: 'namespaces'});
	t.is(document.outcomes[0]?.calibration.length, 6, 'three links, both directions');
	t.deepEqual(document.outcomes[0]?.congestionControl, ['cubic']);
	summarySchema.parse(JSON.parse(readFileSync(join(cli.runFolder, 'summary.json'), 'utf8')));
	t.like(JSON.parse(cli.stdout), {folder: cli.runFolder, status: 'completed', exitCode: 0});

	const records = cli.records();
	t.deepEqual(
		ofKind(records, 'run.phase').map(({phase, status}) => `${phase} ${status}`),
		['provision', 'calibrate', 'warm-up', 'drive', 'drain', 'release'].flatMap(name => [
			`${name} begun`,
			`${name} done`,
		]),
	);
	const count = (kind: RecordKind) => ofKind(records, kind).length;
	t.true(count('chunk.produced') >= 20, `${count('chunk.produced')} chunks`);
	t.is(count('chunk.produced'), count('chunk.delivered') + count('chunk.corrupt') + count('chunk.lost'));
	t.is(count('chunk.duplicate') + count('chunk.corrupt'), 0);

	const [change, ...others] = ofKind(records, 'link.changed');
	t.is(others.length, 0);
	t.like(change, {link: 'second', rateBitsPerSecond: 20e6, requestedSeconds: 12});
	t.true(12 <= (change?.appliedSeconds ?? 0), `applied at ${change?.appliedSeconds} s, wanted at 12 s`);
	t.true((change?.appliedSeconds ?? 0) <= (change?.observedSeconds ?? 0));

	for (const {bytes, resolutionRatio} of ofKind(records, 'chunk.delivered')) {
		const expectedBytes = 100_000 * resolutionRatio ** 2;
		const toleranceRatio = 0.02;
		t.true(
			Math.abs(bytes / expectedBytes - 1) < toleranceRatio,
			`${bytes} bytes at resolution ${resolutionRatio}, expected ${expectedBytes} ± ${toleranceRatio}`,
		);
	}
});

test('each change of resolution is the step that Table I gives for how early or late the chunk was', async t => {
	await using cli = new CliProcess(['run', shortRun]);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	const {steps} = loadScenario(shortRun).variants[0]?.scenario.stack.quality ?? {steps: []};
	const minimums = new Map(
		ofKind(records, 'stream.started').map(({stream, minimumResolutionRatio}) => [stream, minimumResolutionRatio]),
	);
	const changes = ofKind(records, 'stream.resolution');
	t.true(changes.length > 0);
	for (const {stream, diffSeconds = Number.NaN, condition, resolutionRatio, previousResolutionRatio} of changes) {
		const step = steps.find(
			({boundSeconds, boundIncluded}) =>
				boundSeconds === null || (boundIncluded ? diffSeconds >= boundSeconds : diffSeconds > boundSeconds),
		);
		t.is(condition, step?.condition ?? 'no row of the table');
		const unbounded = previousResolutionRatio + (step?.changeRatio ?? 0);
		const expected = Math.min(1, Math.max(minimums.get(stream) ?? 0, unbounded));
		t.true(Math.abs(resolutionRatio - expected) < 1e-9, `${resolutionRatio}, expected ${expected}`);
	}
});

test('two runs at once do not meet: each has its own folder and its own links', async t => {
	await using one = new CliProcess(['run', shortRun]);
	await using other = new CliProcess(['run', shortRun], {env: {STREAMBED_OUT: one.outDir}});
	const ends = await Promise.all([one.ended, other.ended]);
	t.deepEqual(
		ends.map(({exitCode}) => exitCode),
		[0, 0],
		one.stderr + other.stderr,
	);
	const folders = [one, other].map(({stdout}) => /^report: (.*)\/report\.html$/m.exec(stdout)?.[1] ?? '');
	t.is(new Set(folders).size, 2);
	for (const folder of folders) {
		t.is(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).status, 'completed');
	}
	t.deepEqual([...one.processes(), ...other.processes()], []);
});

test('nodes are measured when they join and while streams run: a change is found by probes, which take a hundredth', async t => {
	const periodSeconds = 25;
	const settings = [
		'federation.measure=probe',
		`federation.probeEvery=${periodSeconds}s`,
		'timing.drive=80s',
		'timing.drain=20s',
	];
	await using cli = new CliProcess(['run', shortRun, ...settings.flatMap(setting => ['--set', setting])]);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	const joined = ofKind(records, 'node.joined');
	t.deepEqual(
		joined.map(({site, node, broker, program}) => [site, node, broker, program]),
		[
			['camera', 'camera', 'edge', 'producer'],
			['edge', 'edge', 'edge', 'site-node'],
			['core', 'core', 'core', 'site-node'],
			['user', 'user', 'core', 'consumer'],
		],
	);
	const askedBitsPerSecond: Record<string, number> = {first: 100e6, second: 80e6, third: 60e6};
	// Generous: another program may take the processors meanwhile.
	const toleranceRatio = 0.4;
	for (const {link, bitsPerSecond, lowBitsPerSecond, highBitsPerSecond} of joined.flatMap(({links = []}) => links)) {
		const expected = askedBitsPerSecond[link] ?? 0;
		t.log(`${link}: actual ${bitsPerSecond}, expected ${expected}, tolerance ${toleranceRatio}`);
		t.true(Math.abs(bitsPerSecond / expected - 1) < toleranceRatio, link);
		t.true(lowBitsPerSecond < bitsPerSecond && bitsPerSecond < highBitsPerSecond);
	}
	const isChange = ({link}: {readonly link: string}) => link === 'second';
	const detected = ofKind(records, 'link.detected').find(one => isChange(one) && one.from === 'edge');
	t.log(`found at ${detected?.bitsPerSecond} bit/s after ${detected?.detectionSeconds} s`);
	t.true((detected?.detectionSeconds ?? 0) > 5, 'not told at the step');
	const passing = ofKind(records, 'link.measured').filter(one => one.t > 0 && !isChange(one));
	t.true(passing.length > 0);
	for (const {link, t: at, bytes = Number.POSITIVE_INFINITY, shareRatio: told = 0} of passing) {
		const shareRatio = (bytes * 8) / ((askedBitsPerSecond[link] ?? 0) * periodSeconds * cli.document().timeScale);
		t.true(shareRatio < 0.015, `${link} at ${at} s: actual ${shareRatio}, expected 0.01, tolerance 0.005`);
		t.true(told > 0, `${link} at ${at} s tells no share`);
	}
});

test('a probe that cannot finish says so, and the run ends in order', async t => {
	const settings = ['federation.measure=probe', 'federation.probeEvery=20s', 'federation.probeLimit=1ms'];
	await using cli = new CliProcess(['run', shortRun, ...settings.flatMap(setting => ['--set', setting])]);
	t.is((await cli.ended).exitCode, 4, cli.stderr);
	t.like(cli.document(), {status: 'failed', failure: {code: 'TIMED_OUT'}});
	t.regex(cli.document().failure?.message ?? '', /^the probe of first from camera did not end within 0\.001 s$/);
	t.deepEqual(cli.processes(), []);
});
