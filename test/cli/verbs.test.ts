import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import anyTest from 'ava';
import {parse} from 'yaml';
import {plainView} from '#cli/live-view.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {findTool} from '#netem/tools.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {runCli, shortRun} from '../support/cli-process.ts';

// One after the other: each is a process of its own, and other tests measure time.
const test = anyTest.serial;

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped where namespaces are needed: ${denied.reason}; ${denied.remedy}\n`);
}
const namespacesTest = denied ? test.skip : test;

const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

const problem = join(folder, 'problem.json');
writeFileSync(
	problem,
	JSON.stringify({
		resources: [
			{name: 'source', workers: 0},
			{name: 'edge', workers: 2},
			{name: 'sink', workers: 0},
		],
	}),
);

const verbs = [
	'run',
	'plan',
	'list',
	'show',
	'schema',
	'place',
	'report',
	'compare',
	'reproduce',
	'doctor',
	'clean',
	'control-server',
	'request',
	'release',
	'status',
];

for (const verb of verbs) {
	test(`${verb} explains itself with --help`, async t => {
		const {exitCode, stdout, stderr} = await runCli([verb, '--help']);
		t.is(exitCode, 0);
		t.regex(stdout, new RegExp(`^Usage: streambed ${verb} `));
		t.is(stderr, '');
	});
}

test('the program itself lists every verb and every exit code', async t => {
	const {exitCode, stdout} = await runCli(['--help']);
	t.is(exitCode, 0);
	for (const verb of verbs) {
		t.regex(stdout, new RegExp(`^  ${verb} `, 'm'));
	}
	for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 130]) {
		t.regex(stdout, new RegExp(`^ +${code}  \\S`, 'm'));
	}
});

test('a variable that says no is no flag', async t => {
	for (const [value, isJson] of [
		['0', false],
		['no', false],
		['False', false],
		['', false],
		['1', true],
		['YES', true],
		['true', true],
	] as const) {
		const {stdout} = await runCli(['list'], {env: {STREAMBED_JSON: value}});
		t.is(stdout.startsWith('['), isJson, `STREAMBED_JSON=${value}`);
	}
});

const usageMistakes: ReadonlyArray<{
	readonly parameters: readonly string[];
	readonly says: RegExp;
	readonly env?: Record<string, string>;
}> = [
	{parameters: ['fly'], says: /unknown command 'fly'/},
	{parameters: ['run'], says: /missing required argument 'scenario'/},
	{parameters: ['run', shortRun, '--colour'], says: /unknown option '--colour'/},
	{parameters: ['run', shortRun, '--testbed', 'moon'], says: /Allowed choices are .*namespaces/},
	{parameters: ['run', shortRun, '--seed', '1.5'], says: /whole number from 0/},
	{parameters: ['run', shortRun, '--repeat', '0'], says: /whole number from 1/},
	{parameters: ['run', shortRun, '--time-scale', '0'], says: /number above 0/},
	{parameters: ['run', shortRun, '--time-scale', '-1'], says: /number above 0/},
	{parameters: ['list'], env: {STREAMBED_JSON: 'maybe'}, says: /STREAMBED_JSON' is invalid\. it takes 1, true or yes/},
	{parameters: ['run', shortRun, '--variant', 'ghost'], says: /no variant is named ghost\nvariants: default/},
	{parameters: ['run', shortRun, '--set', 'stack.polcy=static'], says: /stack\.polcy: no such key/},
	{parameters: ['run', 'no-such-scenario'], says: /no scenario file no-such-scenario\n.*streambed list/},
	{parameters: ['run', shortRun, '--out', '/proc/x'], says: /making the run folder \S+ failed: .*\n.*--out/},
	{parameters: ['show', dirname(shortRun)], says: /no scenario file/},
	{parameters: ['schema', 'moon'], says: /Allowed choices are scenario/},
	{parameters: ['place', join(folder, 'missing.json')], says: /missing\.json/},
	{parameters: ['place', problem], says: /problem\.json/},
	{parameters: ['report', folder], says: /is not a run folder that can be read: it has no run\.json/},
	{parameters: ['compare', folder, folder], says: /is not a run folder/},
	{parameters: ['run', shortRun], env: {STREAMBED_SEED: 'x'}, says: /from env 'STREAMBED_SEED' is invalid/},
	{
		parameters: ['run', shortRun],
		env: {STREAMBED_TIME_SCALE: '0'},
		says: /STREAMBED_TIME_SCALE' is invalid\. it takes a number above 0/,
	},
	{parameters: ['run', shortRun], env: {STREAMBED_TESTBED: 'moon'}, says: /Allowed choices are .*namespaces/},
	{parameters: ['run', shortRun], env: {STREAMBED_SET: 'seed=-1'}, says: /seed: .*\(set from outside the file\)/},
];

for (const {parameters, says, env = {}} of usageMistakes) {
	const settings = Object.entries(env).map(([name, value]) => `${name}=${value} `);
	const shown = parameters.map(one =>
		one.replace(shortRun, 'SCENARIO').replace(dirname(shortRun), 'FOLDER').replace(folder, 'FOLDER'),
	);
	test(`${settings.join('')}streambed ${shown.join(' ')} ends with 2, says why and makes nothing`, async t => {
		const {exitCode, stdout, stderr, outWasMade} = await runCli(parameters, {env});
		t.is(exitCode, 2, stderr);
		t.regex(stderr, says);
		t.is(stdout, '');
		t.false(outWasMade);
	});
}

test('list and show print JSON that says what they print for people, and touch nothing', async t => {
	const [list, show, shown, table] = await Promise.all([
		runCli(['list', '--json']),
		runCli(['show', shortRun, '--json', '--set', 'seed=5']),
		runCli(['show', shortRun], {env: {STREAMBED_SET: 'seed=5'}}),
		runCli(['list']),
	]);
	const names: readonly string[] = JSON.parse(list.stdout).map(({name}: {name: string}) => name);
	t.true(names.includes('quickstart') && names.includes('zamani2018/figure-10'));
	t.true(names.every(name => table.stdout.includes(name)));
	const resolved = JSON.parse(show.stdout);
	t.is(resolved.variants.default.seed, 5);
	t.deepEqual(parse(shown.stdout), resolved);
	t.deepEqual(
		[list, show, shown, table].map(({exitCode, outWasMade}) => [exitCode, outWasMade]),
		Array.from({length: 4}, () => [0, false]),
	);
});

test('each published schema is JSON Schema', async t => {
	for (const name of ['scenario', 'record', 'run', 'summary', 'problem']) {
		const {exitCode, stdout} = await runCli(['schema', name]);
		t.is(exitCode, 0);
		t.regex(JSON.parse(stdout).$schema, /json-schema\.org/);
	}
});

test('a line of a run says of a class of which no stream is left that there is none', t => {
	const lines: string[] = [];
	const loaded = loadScenario(shortRun);
	const driveSeconds = loaded.variants[0]?.scenario.timing.driveSeconds ?? 0;
	using view = plainView(loaded, line => lines.push(line));
	const who = {variant: 'default', repeat: 0};
	view.begin({...who, phase: 'drive'});
	for (const [stream, minimumResolutionRatio] of [
		['gone', 1],
		['there', 0.6],
	] as const) {
		const started = {stream, minimumResolutionRatio, resolutionRatio: minimumResolutionRatio};
		view.hear({kind: 'stream.started', t: 0, ...who, ...started});
	}
	view.hear({kind: 'stream.stopped', t: driveSeconds / 2, ...who, stream: 'gone', reason: 'late'});
	t.regex(lines.join('\n'), /streams 100\s%: none, 60\s%: 1 at 60\s%;/);
});

test('a plan names every site and link with the commands that would make them, and makes none', async t => {
	const before = readFileSync('/proc/net/dev', 'utf8').split('\n').length;
	const {exitCode, stdout, outWasMade} = await runCli(['plan', shortRun]);
	t.is(exitCode, 0);
	for (const name of ['camera', 'edge', 'core', 'user', 'first', 'second', 'third']) {
		t.true(stdout.includes(name), name);
	}
	t.regex(stdout, /netns add|link add/);
	t.regex(stdout, /class add .*htb rate 80000000/);
	const [, change = ''] = stdout.split('# at 12s');
	t.is(change.match(/^# in the namespace of (?:edge|core)$/gm)?.length, 2, stdout);
	t.is(change.match(/^tc class change dev \S+ parent 1: .*htb rate 20000000bit /gm)?.length, 2, stdout);
	const scaled = await runCli(['plan', shortRun, '--set', 'timeScale=0.1']);
	t.regex(scaled.stdout, /^# at 12s of scenario time, 1\.2s real$/m);
	t.false(outWasMade);
	t.is(readFileSync('/proc/net/dev', 'utf8').split('\n').length, before);
});

test('doctor says with its exit code whether the namespaces testbed can run here', async t => {
	const {exitCode, stdout} = await runCli(['doctor', '--json']);
	const {namespaces, capabilities} = JSON.parse(stdout);
	t.is(exitCode, namespaces ? 0 : 3);
	t.is(
		namespaces,
		capabilities.every(({ok, required}: {ok: boolean; required: boolean}) => ok || !required),
	);
	const text = await runCli(['doctor'], {env: {DOCKER_HOST: `unix://${join(folder, 'no-engine.sock')}`}});
	t.is(text.exitCode, exitCode);
	t.regex(text.stdout, /^The testbed simulated can run here\.$/m);
	t.is(/^The testbed namespaces can run here\.$/m.test(text.stdout), namespaces);
	t.regex(text.stdout, /^The testbed docker cannot run here until what it lacks is there: container engine\.$/m);
	t.regex(text.stdout, /^The testbed swarm cannot run here until what it lacks is there: container engine\.$/m);
});

test('clean finds nothing to do where no run was killed', async t => {
	const {exitCode, stdout} = await runCli(['clean']);
	t.is(exitCode, 0, stdout);
});

for (const tool of ['ip', 'tc', 'unshare', 'setpriv'] as const) {
	namespacesTest(`without ${tool} a run and the doctor end with 3 and the command that installs it`, async t => {
		const path = findTool(tool) ?? '';
		// An empty file that cannot be executed hides the tool, in the mount namespace of this command alone.
		const script = 'mount --bind /dev/null "$1" && shift && exec "$@"';
		const prefix = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', path];
		const packageName = tool === 'ip' || tool === 'tc' ? 'iproute2' : 'util-linux';
		const run = await runCli(['run', shortRun], {prefix});
		t.is(run.exitCode, 3, run.stderr);
		t.regex(run.stderr, new RegExp(`${tool} is not installed\napt-get install --yes ${packageName}`));
		const doctor = await runCli(['doctor', '--json'], {prefix});
		t.is(doctor.exitCode, 3);
		const {capabilities, testbeds} = JSON.parse(doctor.stdout);
		const found = capabilities.find(({name}: {name: string}) => name === tool);
		t.like(found, {ok: false, remedy: `apt-get install --yes ${packageName}`});
		t.true(testbeds[1].lacks.includes(tool), doctor.stdout);
	});
}

namespacesTest(
	'where the kernel refuses user namespaces, a run and the doctor end with 3 and the setting to change',
	async t => {
		const script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
		const prefix = ['unshare', '--user', '--map-root-user', 'sh', '-c', script, 'sh'];
		const run = await runCli(['run', shortRun], {prefix});
		t.is(run.exitCode, 3, run.stderr);
		t.regex(run.stderr, /no namespaces for this user: .*user\.max_user_namespaces is 0/);
		t.regex(run.stderr, /^sysctl -w user\.max_user_namespaces=10000$/m);
		t.is(run.stdout, '');
		const doctor = await runCli(['doctor'], {prefix});
		t.is(doctor.exitCode, 3);
		t.regex(doctor.stdout, /MISSING .*namespaces/);
	},
);

namespacesTest('environment variables stand for flags, and a flag goes before them', async t => {
	const out = join(folder, 'from-environment');
	const {exitCode, stdout, stderr} = await runCli(['run', shortRun, '--seed', '8'], {
		env: {
			STREAMBED_OUT: out,
			STREAMBED_SEED: '7',
			STREAMBED_TIME_SCALE: '0.05',
			STREAMBED_JSON: '1',
			STREAMBED_SET: 'timing.drive=20s',
		},
	});
	t.is(exitCode, 0, stderr);
	const {folder: runFolder} = JSON.parse(stdout);
	t.true(runFolder.startsWith(out) && existsSync(runFolder));
	t.like(JSON.parse(readFileSync(join(runFolder, 'run.json'), 'utf8')), {seed: 8, timeScale: 0.05});
	const comparison = await runCli(['compare', runFolder, runFolder, '--json']);
	t.is(comparison.exitCode, 0, comparison.stderr);
	t.true(JSON.parse(comparison.stdout).measures.length > 0);
});
