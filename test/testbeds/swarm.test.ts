import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import {exitCodes, StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import type {RecordKind} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {labelsOfRun, runLabels} from '#testbeds/docker/run-labels.ts';
import {deploySwarm} from '#testbeds/swarm/deploy-swarm.ts';
import type {WorkerNews} from '#testbeds/swarm/sweep/worker-log.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';
import {CliProcess, runCli, shortRun} from '../support/cli-process.ts';
import {engineSkipReason} from '../support/container-engine.ts';
import {importImage, importStatic, staticImage} from '../support/import-image.ts';
import {relayedRun, relayedScenario, relaySettings} from '../support/relayed-run.ts';
import {requireForeignSamples} from '../support/require-foreign-samples.ts';
import {type SwarmEnd, TestSwarm} from '../support/swarm.ts';

const skipped = engineSkipReason() ?? (findProgram('nsenter') === undefined ? 'nsenter is not installed' : undefined);
if (skipped !== undefined) {
	process.stderr.write(`skipped, all that needs a swarm: ${skipped}\n`);
}
const test = skipped === undefined ? anyTest.serial : anyTest.serial.skip;
let swarm: TestSwarm;
const world = mkdtempSync(join(tmpdir(), 'streambed-test-'));

if (skipped === undefined) {
	anyTest.serial.before('a swarm of two nodes with the image of the sites', async t => {
		t.timeout(900_000, 'making the image');
		swarm = await TestSwarm.start();
		process.env.DOCKER_HOST = swarm.host;
	});
}

anyTest.after.always('the swarm ends', async () => {
	rmSync(world, {recursive: true, force: true});
	if (skipped === undefined) {
		await swarm[Symbol.asyncDispose]();
	}
});

/** A site at each end of every link, but for the last. */
const placed = ['camera=near', 'edge=far', 'core=near', 'user=far'].flatMap(place => {
	const [site, host] = place.split('=');
	return ['--set', `topology.sites.${site}.host=${host}`];
});

const onSwarm = (parameters: readonly string[] = [], env: Record<string, string> = {}) =>
	[
		['run', shortRun, '--testbed', 'swarm', ...placed, ...parameters],
		{env: {DOCKER_HOST: swarm.host, ...env}},
	] as const;

/** A node removes its tasks a little after the manager has removed their service. */
async function nothingIsLeft(t: ExecutionContext): Promise<void> {
	const limitSeconds = 10;
	const startNs = realClock.nowNs();
	const elapsed = () => Number(realClock.nowNs() - startNs) / 1e9;
	while ((await swarm.ours()).length > 0 && elapsed() < limitSeconds) {
		await realClock.sleep(0.2);
	}
	t.log(`gone after ${elapsed().toFixed(1)} s, expected within ${limitSeconds} s`);
	t.deepEqual(await swarm.ours(), []);
}

test('a scenario with brokers runs over two nodes whose clocks differ by 1000 s, and leaves a whole run folder', async t => {
	await using cli = new CliProcess(...onSwarm(['--set', 'stack.transport=nats']));
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	await nothingIsLeft(t);

	const [outcome] = cli.document().outcomes;
	t.is(outcome?.calibration.length, 6, 'three links, both directions');
	const hosts = new Map(outcome?.hosts?.map(one => [one.site, one]));
	t.like(hosts.get('camera'), {host: 'streambed-near', clockOffsetSeconds: 0, clockUncertaintyMs: 0});
	const {clockOffsetSeconds = 0, clockUncertaintyMs = 0} = hosts.get('user') ?? {};
	const [expected, tolerance] = [-1000, 0.1];
	t.log(`offset ${clockOffsetSeconds} s ± ${clockUncertaintyMs} ms, expected ${expected} ± ${tolerance}`);
	t.true(Math.abs(clockOffsetSeconds - expected) <= tolerance);
	t.true(clockUncertaintyMs > 0);
	t.deepEqual(outcome?.underlay?.map(({from, to}) => `${from} ${to}`).toSorted(), [
		'streambed-far streambed-near',
		'streambed-near streambed-far',
	]);

	const arrivals = cli.records().filter(record => record.kind === 'chunk.delivered');
	t.true(arrivals.length > 5);
	// A second of service in each of two stages: an offset that was forgotten would be 10,000 s here.
	for (const {latencySeconds} of arrivals) {
		t.true(latencySeconds > 2 && latencySeconds < 30, `${latencySeconds} s`);
	}
	const logs = join(cli.runFolder, 'logs/default-0');
	const whole = ['camera.log', 'core', 'core.log', 'edge', 'edge.log', 'manifest.ndjson', 'user.log'];
	t.deepEqual(readdirSync(logs), whole);
	for (const broker of ['edge', 'core']) {
		t.deepEqual(readdirSync(join(logs, broker)), ['broker.log', 'nats-server.conf']);
		// Each line once.
		const said = readFileSync(join(logs, broker, 'broker.log'), 'utf8');
		t.is(said.match(/Starting nats-server/g)?.length, 1, said);
		t.is(said.match(/Server is ready/g)?.length, 1, said);
	}
	const made = readFileSync(join(logs, 'manifest.ndjson'), 'utf8').trim().split('\n');
	t.is(made.length, 4 + 1 + 4, 'networks, the switchboard and services');
});

test('a sweep whose worker is killed in the middle says what one in threads says, byte by byte', async t => {
	const settings = ['--repeat', '80', '--variant', 'adaptive', '--set', 'timing.drive=2400s', '--workers', '2'];
	const parameters = ['run', 'quickstart', '--testbed', 'simulated', '--records', 'first', ...settings];
	await using threads = new CliProcess(parameters);
	await using cli = new CliProcess([...parameters, '--spread', 'swarm'], {env: {DOCKER_HOST: swarm.host}});
	const read = (one: CliProcess, name: string) => {
		const path = one.hasRunFolder() ? join(one.runFolder, name) : '';
		return existsSync(path) ? readFileSync(path, 'utf8') : '';
	};
	await cli.until('measured draws', () => read(cli, 'draws.ndjson').includes('\n'));
	const [worker = ''] = (await swarm.ours()).filter(name => name.includes('-worker.'));
	await swarm.kill(worker);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	await nothingIsLeft(t);

	const news = read(cli, 'logs/workers.ndjson')
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line) as WorkerNews);
	t.log(news);
	const lost = news.find(one => one.kind === 'lost');
	t.is(lost?.draw?.kind, 'again');
	t.true(worker.endsWith(lost?.worker ?? '?'), 'members are called as their tasks');
	const [first, second, ...more] = news.filter(({kind}) => kind === 'joined').map(({node}) => node);
	t.deepEqual([first, second].toSorted(), ['streambed-far', 'streambed-near']);
	t.is(more.length, 1, 'the swarm starts another one');

	t.is((await threads.ended).exitCode, 0, threads.stderr);
	for (const name of ['draws.ndjson', 'summary.json', 'records.ndjson']) {
		t.true(read(threads, name).length > 0 && read(cli, name) === read(threads, name), name);
	}
	t.deepEqual(cli.document().outcomes, threads.document().outcomes);
});

/** A site at each end of both links, on its own node. */
function chainOverNodes(): Scenario {
	const {topology, ...rest} = chainScenario({first: '100Mbit/s'});
	const sites = Object.entries(topology.sites).map(([site, description]) => [
		site,
		{...description, host: site === 'worker' ? 'far' : 'near'},
	]);
	return {...rest, topology: {...topology, sites: Object.fromEntries(sites)}};
}

/** The relay and the user stand at the far end, the others at the near one. */
const relayPlaces = ['camera=near', 'relay=far', 'edge=near', 'user=far'].map(place => {
	const [site, host] = place.split('=');
	return `topology.sites.${site}.host=${host}`;
});

const throughImage = (values: Readonly<Record<string, unknown>> = {}) =>
	[
		[
			...['run', relayedRun, '--testbed', 'swarm'],
			...[...relaySettings(values), ...relayPlaces].flatMap(setting => ['--set', setting]),
		],
		{env: {DOCKER_HOST: swarm.host}},
	] as const;

const dockerAt =
	(end: SwarmEnd) =>
	(...parameters: readonly string[]) =>
		swarm.docker(end, ...parameters);

test('a stream goes through an image that its own node alone has, which is watched and logged, and cannot look into our agent', async t => {
	await importStatic(dockerAt('far'));
	const looking = ['cat /proc/1/cmdline', 'cat /proc/1/environ', 'ls /proc/1/root/', 'kill -USR1 1'];
	const serving = `nc -ll -p \${here.port} -e /busybox nc \${next.host} \${next.port}`;
	const script = [...looking, `exec ${serving}`].map(line => line.replace(/^(exec )?/, '$1/busybox ')).join('; ');
	await using cli = new CliProcess(...throughImage({command: ['/busybox', 'sh', '-c', script]}));
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	await nothingIsLeft(t);

	const records = cli.records();
	t.true(records.some(({kind}) => kind === 'chunk.delivered'));
	requireForeignSamples(t, records);
	const bits = (link: string, from: string) =>
		records
			.flatMap(one => (one.kind === 'link.sample' && one.link === link && one.from === from ? [one.bitsPerSecond] : []))
			.reduce((sum, rate) => sum + rate, 0);
	t.true(
		bits('before', 'camera') > 1e6 && bits('behind', 'relay') > 1e6,
		'both links of the relay carried the streams',
	);
	const [outcome] = cli.document().outcomes;
	t.regex(outcome?.images?.[staticImage] ?? '', /^sha256:[0-9a-f]{64}$/);
	t.is(outcome?.hosts?.find(({site}) => site === 'relay')?.host, 'streambed-far');
	const said = readFileSync(join(cli.runFolder, 'logs/default-0/relay.log'), 'utf8');
	t.regex(said, /swarm-agent\.js/, 'process 1 is our agent');
	t.regex(said, /environ': Permission denied/);
	t.regex(said, /\/proc\/1\/root\/: Permission denied/);
	t.notRegex(said, /Debugger|STREAMBED/);
});

type Extras = NonNullable<Parameters<typeof deploySwarm>[1]> & {readonly scenario?: Scenario};

async function refusal(
	t: ExecutionContext,
	label: string,
	{scenario = chainOverNodes(), ...extras}: Extras = {},
): Promise<StreambedError> {
	const logFolder = mkdtempSync(join(world, 'logs-'));
	const options = {scenario, label, logFolder, signal: AbortSignal.timeout(60_000)};
	const error = await t.throwsAsync(deploySwarm(options, extras), {instanceOf: StreambedError});
	t.log(`${label}: ${error.code}: ${error.message} (${error.hint})`);
	return error;
}

test('images that are missing at another node are named with the site, the node and the command that brings them', async t => {
	const onlyNear = {sites: 'streambed-test:only-near', relay: 'streambed-test:relay-near'};
	await swarm.build(onlyNear.sites, [`FROM ${await swarm.image()}`, 'LABEL only=near']);
	await importImage(dockerAt('near'), {name: onlyNear.relay, files: {busybox: findProgram('busybox') ?? ''}});
	// One after the other: an engine that enters networks while others leave theirs may stand still for half a minute.
	const ours = await refusal(t, 'ours', {imageName: onlyNear.sites});
	const foreign = await refusal(t, 'foreign', {scenario: relayedScenario({image: onlyNear.relay}, relayPlaces)});
	await nothingIsLeft(t);
	t.is(ours.code, 'IMAGE_UNFIT');
	t.regex(ours.message, /the node streambed-far, where worker is to stand, has no image streambed-test:only-near/);
	t.is(ours.hint, 'docker save streambed-test:only-near | ssh streambed-far docker load');
	t.is(foreign.code, 'IMAGE_UNFIT');
	t.is(foreign.message, `the node streambed-far, where relay is to stand, has no image ${onlyNear.relay}`);
	t.is(foreign.hint, `docker save ${onlyNear.relay} | ssh streambed-far docker load`);
});

test('a link that is faster than the network below it is refused with both rates', async t => {
	const slow = ['tbf', 'rate', '30mbit', 'burst', '32k', 'latency', '50ms'];
	await swarm.beside('near', 'tc', 'qdisc', 'add', 'dev', 'cable', 'root', ...slow);
	try {
		const error = await refusal(t, 'faster', {underlaySeconds: 0.2});
		await nothingIsLeft(t);
		t.is(error.code, 'UNDERLAY_SLOW');
		const told =
			/the link first is to carry 100\.0 Mbit\/s from streambed-near to streambed-far, and .* carries ([\d.]+) Mbit\/s/;
		const carried = Number(told.exec(error.message)?.[1]);
		t.log(`carried ${carried} Mbit/s, expected 30 at most, and more than 15`);
		t.true(carried <= 31 && carried > 15);
	} finally {
		await swarm.beside('near', 'tc', 'qdisc', 'del', 'dev', 'cable', 'root');
	}
});

test('a folder that a node lacks is named with a site, the node and the command that brings it', async t => {
	const {workload, ...rest} = chainOverNodes();
	const frames = {...workload.frames, folder: '/frames/of/this/machine'};
	const error = await refusal(t, 'folder', {scenario: {...rest, workload: {...workload, frames}}});
	await nothingIsLeft(t);
	t.is(error.code, 'ENGINE_REFUSED');
	const [, node] =
		/the node (\S+), where \w+ is to stand, has no \/frames\/of\/this\/machine/.exec(error.message) ?? [];
	t.regex(node ?? '', /^streambed-(near|far)$/);
	t.regex(error.hint ?? '', new RegExp(`frames/of/this/machine' \\| ssh ${node} tar`));
});

test('a swarm whose pool has no subnet left says so, and for which network', async t => {
	const names = Array.from({length: 64}, (_, index) => `of-somebody-else-${index}`);
	await Promise.all(names.map(name => swarm.docker('near', 'network', 'create', '--driver', 'overlay', name)));
	try {
		const error = await refusal(t, 'pool');
		await nothingIsLeft(t);
		t.is(error.code, 'ENGINE_REFUSED');
		t.regex(error.message, /making the overlay network streambed-\w+-(?:link-\w+|control-network): .*no subnet/);
		t.regex(error.hint ?? '', /streambed clean/);
	} finally {
		await swarm.docker('near', 'network', 'rm', ...names);
	}
});

test('the doctor tells of the swarm, its nodes and their labels', async t => {
	const {stdout} = await runCli(['doctor', '--json'], {env: {DOCKER_HOST: swarm.host}});
	const {capabilities, testbeds} = JSON.parse(stdout) as {
		readonly capabilities: ReadonlyArray<{readonly name: string; readonly ok: boolean; readonly detail: string}>;
		readonly testbeds: readonly unknown[];
	};
	t.deepEqual(testbeds.slice(2), [
		{testbed: 'docker', lacks: []},
		{testbed: 'swarm', lacks: []},
	]);
	t.like(
		capabilities.find(({name}) => name === 'swarm'),
		{ok: true, detail: 'active, manager, 2 nodes'},
	);
	t.like(
		capabilities.find(({name}) => name === 'node streambed-far'),
		{
			ok: true,
			detail: `ready, active, streambed.host=far, streambed.socket=${swarm.socket('far')}`,
		},
	);
});

test('clean removes a service and a network that a killed harness left, and no other', async t => {
	const orphan = Object.entries({...labelsOfRun('killed'), [runLabels.harness]: '1:1'}).flatMap(([name, value]) => [
		'--label',
		`${name}=${value}`,
	]);
	const service = [
		'service',
		'create',
		'--detach',
		'--no-resolve-image',
		'--restart-condition',
		'none',
		'--stop-grace-period',
		'0s',
	];
	const image = await swarm.image();
	await swarm.docker('near', 'network', 'create', '--driver', 'overlay', ...orphan, 'left-network');
	await swarm.docker(
		'near',
		...service,
		'--name',
		'left-service',
		'--network',
		'left-network',
		...orphan,
		image,
		'sleep',
		'9',
	);
	await swarm.docker('near', ...service, '--name', 'of-somebody-else', image, 'sleep', '9');
	const {exitCode, stdout} = await runCli(['clean'], {env: {DOCKER_HOST: swarm.host}});
	t.is(exitCode, 0);
	t.regex(stdout, /removed service left-service\n/);
	t.regex(stdout, /removed network left-network\n/);
	t.is(stdout.match(/^removed (?:service|container|network)/gm)?.length, 2, stdout);
	await swarm.docker('near', 'service', 'rm', 'of-somebody-else');
});

test('harnesses that are killed while they drive, and while they start an image, leave nothing at any node after ten seconds', async t => {
	await using driving = new CliProcess(...onSwarm(['--set', 'timing.drive=600s']));
	await driving.until('driving', () => driving.records().some(({kind}) => kind === 'chunk.produced'));
	t.true((await swarm.ours()).length >= 4 + 1 + 2 * 4, 'networks, the switchboard, services and their tasks');
	await using settingUp = new CliProcess(...throughImage());
	const manifest = () => {
		const path = settingUp.hasRunFolder() ? join(settingUp.runFolder, 'logs/default-0/manifest.ndjson') : '';
		return existsSync(path) ? readFileSync(path, 'utf8') : '';
	};
	await settingUp.until('the container of an image', () => manifest().includes('relay.foreign'));
	settingUp.child.kill('SIGKILL');
	t.is(driving.child.exitCode, null, driving.stderr);
	driving.child.kill('SIGKILL');
	await nothingIsLeft(t);
});

test('a node that leaves in the middle ends the run with its name, and the records so far', async t => {
	await using cli = new CliProcess(...onSwarm());
	await cli.until('a delivered chunk', () => cli.records().some(({kind}) => kind === 'chunk.delivered'));
	await swarm.docker('far', 'swarm', 'leave', '--force');
	const {exitCode} = await cli.ended;
	t.is(exitCode, exitCodes.notValid, cli.stderr);
	t.regex(cli.stderr, /the program at (?:edge|user) ended in the middle: .*streambed-far/);
	const kinds = new Set<RecordKind>(cli.records().map(({kind}) => kind));
	t.true(kinds.has('chunk.delivered') && kinds.has('run.ended'));
	t.is(cli.document().status, 'failed');
	await nothingIsLeft(t);
});

test('an engine that dies in the middle ends the run with a report of what there was', async t => {
	// The other node has left.
	const here = ['edge', 'user'].flatMap(site => ['--set', `topology.sites.${site}.host=near`]);
	await using cli = new CliProcess(...onSwarm(here));
	await cli.until('a delivered chunk', () => cli.records().some(({kind}) => kind === 'chunk.delivered'));
	swarm.killEngine('near');
	const {exitCode} = await cli.ended;
	t.is(exitCode, exitCodes.notValid, cli.stderr);
	t.regex(cli.stderr, /the testbed ended in the middle: .*the container engine went away/);
	t.is(cli.document().status, 'failed');
	t.true(existsSync(join(cli.runFolder, 'report.html')));
});
