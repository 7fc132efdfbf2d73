import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import anyTest, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import {randomStream} from '#core/random.ts';
import type {Seconds} from '#core/units.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {CliProcess, runCli, shortRun} from '../support/cli-process.ts';

/** How many runs are killed, and the seed of the moments: STREAMBED_TEST_KILLS=50 STREAMBED_TEST_SEED=7 npx ava test/run/kill.test.ts */
const killCount = Number(process.env.STREAMBED_TEST_KILLS ?? 3);
const seed = Number(process.env.STREAMBED_TEST_SEED ?? 1);

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

const limitSeconds: Seconds = 2;

const has = (cli: CliProcess, holds: (record: ReturnType<CliProcess['records']>[number]) => boolean): boolean =>
	cli.records().some(holds);

/** Parts of a run's life: how each is known to have begun, and about how long it is. */
const parts = [
	{
		part: 'provision',
		lengthSeconds: 1,
		hasBegun: (cli: CliProcess) => existsFile(cli, 'run.json'),
	},
	{
		part: 'drive',
		lengthSeconds: 3,
		hasBegun: (cli: CliProcess) => has(cli, record => record.kind === 'run.phase' && record.phase === 'drive'),
	},
	{
		part: 'report',
		lengthSeconds: 1.2,
		hasBegun: (cli: CliProcess) => has(cli, ({kind}) => kind === 'run.ended'),
	},
	{part: 'start', lengthSeconds: 1, hasBegun: () => true},
	{
		part: 'calibrate',
		lengthSeconds: 2,
		hasBegun: (cli: CliProcess) => cli.siteProgram('producer.js') !== undefined,
	},
] as const;

const existsFile = (cli: CliProcess, name: string): boolean =>
	cli.hasRunFolder() && existsSync(join(cli.runFolder, name));

async function leavesNothing(t: ExecutionContext, index: number): Promise<void> {
	const {part, lengthSeconds, hasBegun} = parts[index % parts.length] ?? parts[0];
	const delaySeconds = randomStream(seed, `kill ${index}`).next() * lengthSeconds;
	await using cli = new CliProcess(['run', shortRun]);
	await cli.until(`the ${part} begins`, () => hasBegun(cli));
	await realClock.sleep(delaySeconds);
	const killedNs = realClock.nowNs();
	const wasRunning = cli.child.kill('SIGKILL');
	const elapsedSeconds = () => Number(realClock.nowNs() - killedNs) / 1e9;
	while (cli.processes().length > 0 && elapsedSeconds() < limitSeconds) {
		await realClock.sleep(0.01);
	}
	const left = cli.processes();
	t.log(`${wasRunning ? 'killed' : 'had ended'} ${delaySeconds.toFixed(3)} s into ${part}`);
	t.log(`all gone after ${elapsedSeconds().toFixed(3)} s, expected within ${limitSeconds} s`);
	t.deepEqual(left, []);
	t.deepEqual(readdirSync(cli.temporaryDir), [], 'no temporary file is left');
	if (!existsFile(cli, 'run.json')) {
		t.false(cli.hasRunFolder(), 'a run folder is readable from the moment that it is there');
		return;
	}
	const files = readdirSync(cli.runFolder, {recursive: true, encoding: 'utf8'});
	t.deepEqual(
		files.filter(name => name.endsWith('.next')),
		[],
	);
	if (!has(cli, ({kind}) => kind === 'run.ended')) {
		t.is(cli.document().status, 'running');
	}
	const report = await runCli(['report', cli.runFolder]);
	t.is(report.exitCode, 0, report.stderr);
	t.true(existsFile(cli, 'report.html'));
}

for (let index = 0; index < killCount; index++) {
	test(
		`a run that is killed leaves no process and no temporary file, and can be reported (${index + 1} of ${killCount})`,
		leavesNothing,
		index,
	);
}
