import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest from 'ava';
import {realClock} from '#core/clock.ts';
import {runDocumentSchema} from '#core/records/run-document.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {CliProcess, parseRecords, runCli, shortRun} from '../support/cli-process.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

const isDriving = (cli: CliProcess): boolean => cli.records().some(({kind}) => kind === 'chunk.delivered');

test('a site program that is killed ends a long run at once with what it has: invalid, with the site named, and exit code 4', async t => {
	await using cli = new CliProcess(['run', shortRun, '--set', 'timing.drive=1800s']);
	await cli.until('chunks arrive', () => isDriving(cli));
	process.kill(cli.siteProgram('site-node.js') ?? 0, 'SIGKILL');
	const killedNs = realClock.nowNs();
	const {exitCode} = await cli.ended;
	const elapsedSeconds = Number(realClock.nowNs() - killedNs) / 1e9;
	t.log(`ended ${elapsedSeconds.toFixed(1)} s later, expected within 60 s of the 180 s that it was to drive`);
	t.true(elapsedSeconds < 60);
	t.is(exitCode, 4, cli.stderr);
	const {verdict, status, failure, outcomes} = cli.document();
	t.like({verdict, status}, {verdict: 'invalid', status: 'failed'});
	t.is(failure?.code, 'NODE_LOST');
	t.regex(outcomes[0]?.reasons[0]?.reason ?? '', /the program at (edge|core) ended in the middle: signal SIGKILL/);
	const records = cli.records();
	t.true(records.some(record => record.kind === 'node.left' && /^(edge|core)$/.test(record.site)));
	t.like(records.at(-1), {kind: 'run.ended', outcome: 'failed'});
	t.true(readFileSync(join(cli.runFolder, 'report.html'), 'utf8').includes('invalid'));
	t.deepEqual(cli.processes(), []);
});

test('a holder that is killed ends the run the same way', async t => {
	await using cli = new CliProcess(['run', shortRun]);
	await cli.until('chunks arrive', () => isDriving(cli));
	const holder = cli.processes().find(({command}) => command.trimEnd().endsWith('holder.js'));
	process.kill(holder?.pid ?? 0, 'SIGKILL');
	t.is((await cli.ended).exitCode, 4, cli.stderr);
	t.like(cli.document(), {verdict: 'invalid', failure: {code: 'HOLDER_LOST'}});
	t.deepEqual(cli.processes(), []);
});

test('a consumer that is stopped ends the run by its silence, in the drive or at the end of a drain in vain', async t => {
	for (const settings of [
		['--set', 'timing.drive=120s'],
		['--set', 'timing.drain=40s'],
	]) {
		await using cli = new CliProcess(['run', shortRun, ...settings]);
		await cli.until('chunks arrive', () => isDriving(cli));
		process.kill(cli.siteProgram('consumer.js') ?? 0, 'SIGSTOP');
		t.is((await cli.ended).exitCode, 4, cli.stderr);
		const {verdict, failure} = cli.document();
		t.like({verdict, code: failure?.code}, {verdict: 'invalid', code: 'NODE_LOST'});
		t.regex(failure?.message ?? '', /^user has said nothing for \d+\.\d s: it stalls$/);
		t.deepEqual(cli.processes(), [], 'a stopped process is ended, too');
	}
});

test('a disk that is full ends the run with the records that fit, and run.json still says so', async t => {
	const kept = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	t.teardown(() => rmSync(kept, {recursive: true, force: true}));
	// The disk is seen in the mount namespace of this command alone: what is left on it is copied before it goes.
	const script =
		'kept=$1; shift; mount -t tmpfs -o size=1064k tmpfs /mnt && "$@"; code=$?; cp -r /mnt/. "$kept"; umount /mnt; exit $code';
	const {exitCode, stderr} = await runCli(['run', shortRun, '--out', '/mnt'], {
		prefix: ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', kept],
	});
	t.is(exitCode, 4, stderr);
	t.regex(stderr, /writing \d+ bytes to .*records\.ndjson failed: .*ENOSPC/);
	t.regex(stderr, /free some space, or name another folder with --out/);
	const [folder = ''] = parseFolder(stderr, kept);
	const document = runDocumentSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')));
	t.like(document, {status: 'failed', verdict: 'invalid', failure: {code: 'DISK_FULL'}});
	t.true(parseRecords(readFileSync(join(folder, 'records.ndjson'), 'utf8')).length > 10);
	t.is((await runCli(['report', folder])).exitCode, 0, 'where there is space, the folder has its report');
});

test('a disk without room for the beginning of a run takes no run, and is left with no folder of one', async t => {
	const script = 'mount -t tmpfs -o "size=$1" tmpfs /mnt; shift; "$@"; code=$?; find /mnt -mindepth 2; exit $code';
	// No room for the reserve; for that alone; for that and the scenario, but not for run.json.
	for (const size of ['64k', '1024k', '1032k']) {
		const {exitCode, stdout, stderr} = await runCli(['run', shortRun, '--out', '/mnt'], {
			prefix: ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', size],
		});
		t.is(exitCode, 4, `${size}: ${stderr}`);
		t.regex(stderr, /making the run folder \S+ failed: ENOSPC/);
		t.is(stdout, '', size);
	}
});

/** Where the folder that a message names was copied to. */
function parseFolder(message: string, kept: string): readonly string[] {
	return [...message.matchAll(/\/mnt\/(\S+)\/records\.ndjson/g)].map(([, path = '']) => join(kept, path));
}
