import {existsSync} from 'node:fs';
import {copyFile, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {execa} from 'execa';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A folder with copies of some files of the checkout, removed at the end. */
async function copyOf(paths: readonly string[]) {
	const folder = await mkdtemp(join(tmpdir(), 'streambed-test-'));
	for (const path of paths) {
		await mkdir(join(folder, path, '..'), {recursive: true});
		await copyFile(join(root, path), join(folder, path));
	}
	return {folder, [Symbol.asyncDispose]: () => rm(folder, {recursive: true, force: true})};
}

/** Runs .ci/run in a checkout whose line of tests is this one. */
async function ciRun(testLine: string) {
	await using copy = await copyOf(['.ci/run']);
	await writeFile(
		join(copy.folder, 'README.md'),
		`<!-- start -->\n\`\`\`sh\nnpm ci\n\`\`\`\n<!-- tests -->\n\`\`\`sh\n${testLine}\n\`\`\`\n`,
	);
	const {exitCode, stdout} = await execa(join(copy.folder, '.ci/run'), {reject: false});
	return {exitCode, lastLine: stdout.split('\n').at(-1)};
}

/** A line of tests that prints what ava prints, and ends as ava does. */
const printing = (lines: readonly string[], exitCode = 0): string =>
	`sh -c 'printf "%s\\n" "$@"; exit ${exitCode}' - ${lines.map(line => `'${line}'`).join(' ')}`;

const outcomes: ReadonlyArray<{title: string; testLine: string; exitCode: number; lastLine: string}> = [
	{
		title: 'counts the tests that passed',
		testLine: printing([
			'',
			'  ✔ a › one',
			'  ✔ a › two (1.2s)',
			'  - [skip] a › three',
			'  ─',
			'',
			'  2 tests passed',
		]),
		exitCode: 0,
		lastLine: '2 passed, 0 failed',
	},
	{
		title: 'counts those that failed, and ends as the tests did',
		testLine: printing(['  ✔ a › one', '  ✘ [fail]: a › two off by one', '  √ [fail] is in my title'], 1),
		exitCode: 1,
		lastLine: '2 passed, 1 failed',
	},
	{
		title: 'counts one failure when something outside the tests failed',
		testLine: printing(['  ✔ a › one', '  ✘ a.test.ts exited with a non-zero exit code: 1'], 4),
		exitCode: 4,
		lastLine: '1 passed, 1 failed',
	},
	{
		title: 'does not believe tests that say they are fine and show a failure',
		testLine: printing(['  ✘ [fail]: a › two']),
		exitCode: 1,
		lastLine: '0 passed, 1 failed',
	},
	{title: 'fails when no test ran', testLine: 'sh -c true', exitCode: 1, lastLine: '0 passed, 0 failed'},
];

for (const {title, testLine, exitCode, lastLine} of outcomes) {
	test(`.ci/run ${title}`, async t => {
		t.deepEqual(await ciRun(testLine), {exitCode, lastLine});
	});
}

test('.ci/run gives its tests no input and says that this is CI', async t => {
	const {exitCode, lastLine} = await ciRun(`sh -c 'test "$CI" = true && ! read -r line && echo "  ✔ a › one"'`);
	t.deepEqual({exitCode, lastLine}, {exitCode: 0, lastLine: '1 passed, 0 failed'});
});

/** Runs the installer with a list of packages, as a user who is neither root nor may become it. */
async function install(packages: string) {
	await using copy = await copyOf(['scripts/install-debian-packages.sh']);
	await writeFile(join(copy.folder, 'scripts/debian-packages.txt'), packages);
	await writeFile(join(copy.folder, 'sudo'), '#!/bin/sh\nexit 1\n', {mode: 0o755});
	await execa('chmod', ['-R', 'a+rX', copy.folder]);
	const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
	const [command = 'sh', ...parameters] = [...asNobody, 'sh', join(copy.folder, 'scripts/install-debian-packages.sh')];
	const PATH = `${copy.folder}:/usr/bin:/bin`;
	const {exitCode, all} = await execa(command, parameters, {reject: false, all: true, env: {PATH}});
	return {exitCode, output: all};
}

const debian = existsSync('/usr/bin/dpkg-query') ? test : test.skip;

debian('the installer says nothing and asks nobody when all packages are there (needs dpkg)', async t => {
	t.deepEqual(await install('dpkg # is always there\n# a comment alone\n\n'), {exitCode: 0, output: ''});
});

debian(
	'the installer that may not install names what is missing and the command, and ends with 3 (needs dpkg)',
	async t => {
		const {exitCode, output} = await install('dpkg\nstreambed-no-such-package # a reason\n');
		t.is(exitCode, 3);
		t.deepEqual(output.split('\n'), [
			'missing packages: streambed-no-such-package',
			'Install them as root: apt-get install --yes --no-install-recommends streambed-no-such-package',
		]);
	},
);
