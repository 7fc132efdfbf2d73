import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import anyTest, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import type {Phase} from '#core/records/schema.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {CliProcess, shortRun} from '../support/cli-process.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

/** A scenario whose phases are all long enough to be met. */
const longPhases = [
	'timing.warmUp=30s',
	'timing.drive=60s',
	'timing.drain=60s',
	'timing.calibrate=1s',
	// From here on the last link carries a chunk in 13 seconds, so that there is something to drain.
	'timeline.0={at: 40s, link: third, rate: 64kbit/s}',
].flatMap(setting => ['--set', setting]);

const hasBegun = (cli: CliProcess, phase: Phase): boolean =>
	cli.records().some(record => record.kind === 'run.phase' && record.phase === phase && record.status === 'begun');

/** Waits until a run is in the middle of a phase. Those before the warm-up are told from the processes that stand by then. */
async function reach(cli: CliProcess, phase: Phase): Promise<void> {
	const isUp = () => cli.siteProgram('consumer.js') !== undefined && cli.siteProgram('producer.js') !== undefined;
	switch (phase) {
		case 'provision':
			await cli.until('the holder stands', () => cli.processes().some(({command}) => command.includes('holder.js')));
			return;
		case 'calibrate':
			await cli.until('the programs stand', isUp);
			await realClock.sleep(2);
			return;
		default:
			await cli.until(`the ${phase} begins`, () => hasBegun(cli, phase));
			await realClock.sleep(0.4);
	}
}

async function endsInOrder(t: ExecutionContext, phase: Phase, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
	await using cli = new CliProcess(['run', shortRun, ...longPhases]);
	await reach(cli, phase);
	t.is(hasBegun(cli, 'drive'), phase === 'drive' || phase === 'drain', 'the signal comes in the phase that is meant');
	cli.child.kill(signal);
	const {exitCode} = await cli.ended;
	t.is(exitCode, 130, cli.stderr);
	t.regex(cli.stderr, /the run was interrupted; the report shows what there is/);
	t.deepEqual(cli.processes(), [], 'nothing runs on');
	t.deepEqual(readdirSync(cli.temporaryDir), []);

	const {status, verdict, outcomes} = cli.document();
	t.is(status, 'interrupted');
	t.is(verdict, 'suspect', 'whatever the phase was');
	t.deepEqual(
		outcomes.map(one => one.verdict),
		['suspect'],
	);
	t.true(existsSync(join(cli.runFolder, 'report.html')));
	t.deepEqual(
		readdirSync(cli.runFolder).filter(name => name.endsWith('.next')),
		[],
	);
	const records = cli.records();
	t.like(records.at(-1), {kind: 'run.ended', outcome: 'interrupted'});
	const count = (kind: string) => records.filter(record => record.kind === kind).length;
	t.is(count('chunk.produced'), count('chunk.delivered') + count('chunk.corrupt') + count('chunk.lost'));
	if (phase === 'drive' || phase === 'drain') {
		t.true(count('chunk.produced') > 0);
	}
}

for (const [phase, signal] of [
	['provision', 'SIGINT'],
	['calibrate', 'SIGTERM'],
	['warm-up', 'SIGINT'],
	['drive', 'SIGTERM'],
	['drain', 'SIGINT'],
] as const) {
	test(
		`${signal} during the ${phase} phase ends the run in order, with a report of what there is`,
		endsInOrder,
		phase,
		signal,
	);
}
