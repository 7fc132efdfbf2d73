import {join} from 'node:path';
import anyTest from 'ava';
import {execa} from 'execa';
import {packageRoot} from '#core/package-root.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

type Turn = {readonly code?: string; readonly message?: string; readonly elapsedMs: number};

/** What becomes of changes in a namespace of the fixture's own. */
async function turnsOf(deed: 'refused' | 'killed' | 'stopped'): Promise<readonly Turn[]> {
	const fixture = join(packageRoot, 'test/fixtures/tc-turns.ts');
	const {stdout} = await execa(
		'unshare',
		['--user', '--map-root-user', '--net', process.execPath, '--import=tsx', fixture, deed],
		{cwd: packageRoot, timeout: 60_000},
	);
	return JSON.parse(stdout) as readonly Turn[];
}

test('what tc refuses is told to the caller that asked for it, and to no other', async t => {
	const [refused, leafRefused, fine, unknownDevice, fineAgain] = await turnsOf('refused');
	t.like(refused, {code: 'COMMAND_FAILED'});
	t.regex(refused?.message ?? '', /tc in the namespace of here: .*Command failed -:\d+/s);
	t.like(leafRefused, {code: 'COMMAND_FAILED'}, 'the class was changed, its queue was not');
	t.is(fine?.message, undefined);
	t.regex(unknownDevice?.message ?? '', /Cannot find device/);
	t.is(fineAgain?.message, undefined);
});

test('after tc was killed, the change under way and every later one reject', async t => {
	const [fine, ...after] = await turnsOf('killed');
	t.is(fine?.message, undefined);
	t.is(after.length, 3);
	for (const {code, message} of after) {
		t.is(code, 'COMMAND_FAILED');
		t.regex(message ?? '', /tc in the namespace of here: (it ended with SIGKILL|its input is closed)/);
	}
});

test('a tc that stands still is given two seconds', async t => {
	const [fine, late, later] = await turnsOf('stopped');
	t.is(fine?.message, undefined);
	t.like(late, {code: 'TIMED_OUT', message: 'tc in the namespace of here: it has not answered for 2 s'});
	const [actualMs, expectedMs, toleranceMs] = [late?.elapsedMs ?? 0, 2000, 1500];
	t.true(Math.abs(actualMs - expectedMs) < toleranceMs, `${actualMs} ms, expected ${expectedMs} ± ${toleranceMs} ms`);
	t.is(later?.code, 'TIMED_OUT');
});
