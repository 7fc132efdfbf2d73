import {chmodSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import {exitCodes, StreambedError} from '#core/errors.ts';
import type {RecordKind} from '#core/records/schema.ts';
import type {Seconds} from '#core/units.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {deployContainers} from '#testbeds/docker/deploy-containers.ts';
import {openEngine} from '#testbeds/docker/engine.ts';
import {linkNetworkMaker} from '#testbeds/docker/link-networks.ts';
import {Manifest} from '#testbeds/docker/manifest.ts';
import {freeSubnets} from '#testbeds/docker/subnets.ts';
import {ForeignHost} from '#testbeds/swarm/foreign-host.ts';
import type {Deployment} from '#testbeds/testbed.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';
import {CliProcess, program, runCli, shortRun} from '../support/cli-process.ts';
import {ContainerEngine, engineSkipReason} from '../support/container-engine.ts';
import {importStatic, staticImage} from '../support/import-image.ts';
import {asOtherUser, canBeOtherUser} from '../support/other-user.ts';
import {relayedRun, relayedScenario, relaySettings} from '../support/relayed-run.ts';
import {requireForeignSamples} from '../support/require-foreign-samples.ts';
import {declareServersByImage} from './servers-by-image.ts';

const skipped = engineSkipReason();
if (skipped !== undefined) {
	process.stderr.write(`skipped, all that needs an engine: ${skipped}\n`);
}
const test = skipped === undefined ? anyTest.serial : anyTest.serial.skip;

const world = mkdtempSync(join(tmpdir(), 'streambed-test-'));
const resources = new AsyncDisposableStack();
resources.defer(() => rmSync(world, {recursive: true, force: true}));
let engine: ContainerEngine;

if (skipped === undefined) {
	anyTest.serial.before('an engine with the image of the sites', async t => {
		t.timeout(900_000, 'making the image');
		engine = resources.use(await ContainerEngine.start());
		process.env.DOCKER_HOST = engine.host;
	});
}

anyTest.after.always('the engine ends', async () => {
	await resources.disposeAsync();
});

const onDocker = (parameters: readonly string[] = [], env: Record<string, string> = {}) =>
	[['run', shortRun, '--testbed', 'docker', ...parameters], {env: {DOCKER_HOST: engine.host, ...env}}] as const;

type DeployExtras = Parameters<typeof deployContainers>[1];

const deploy = (t: ExecutionContext, extras: DeployExtras = {}): Promise<Deployment> => {
	const label = labelOf(t);
	const logFolder = join(world, label);
	return deployContainers({scenario: chainScenario(), label, logFolder, signal: AbortSignal.timeout(120_000)}, extras);
};

const labelOf = (t: ExecutionContext): string => t.title.replaceAll(/\W+/g, '-').slice(0, 40).toLowerCase();

const oursNow = (t: ExecutionContext): Promise<readonly string[]> => engine.ours(`org.streambed.run=${labelOf(t)}`);

/** Polls until something holds; gives how long it took. */
async function waitFor(holds: () => Promise<boolean>, seconds: Seconds): Promise<Seconds> {
	const startNs = realClock.nowNs();
	const elapsed = () => Number(realClock.nowNs() - startNs) / 1e9;
	while (!(await holds()) && elapsed() < seconds) {
		await realClock.sleep(0.1);
	}
	return elapsed();
}

async function refusal(t: ExecutionContext, extras: DeployExtras): Promise<StreambedError> {
	const error = await t.throwsAsync(deploy(t, extras), {instanceOf: StreambedError});
	t.log(`${error.code}: ${error.message} (${error.hint})`);
	t.deepEqual(await oursNow(t), [], 'nothing is left behind');
	return error;
}

test('the same scenario and seed give the same on containers as in namespaces, and leave a whole run folder', async t => {
	await using inContainers = new CliProcess(...onDocker());
	t.is((await inContainers.ended).exitCode, 0, inContainers.stderr);
	await using inNamespaces = new CliProcess(['run', shortRun]);
	t.is((await inNamespaces.ended).exitCode, 0, inNamespaces.stderr);

	const [outcome] = inContainers.document().outcomes;
	t.is(outcome?.calibration.length, 6, 'three links, both directions');
	t.deepEqual(outcome?.congestionControl, ['cubic']);
	t.regex(Object.values(outcome?.images ?? {}).join(), /^sha256:[0-9a-f]{64}$/);
	const logs = join(inContainers.runFolder, 'logs/default-0');
	t.deepEqual(readdirSync(logs), ['camera.log', 'core.log', 'edge.log', 'manifest.ndjson', 'user.log']);
	t.is(readFileSync(join(logs, 'manifest.ndjson'), 'utf8').trim().split('\n').length, 3 + 4, 'networks and containers');
	t.deepEqual(await engine.ours(), []);

	const measure = (cli: CliProcess, name: string): number => measureIn(join(cli.runFolder, 'summary.json'), name);
	t.is(measure(inContainers, 'acceptanceRatio'), measure(inNamespaces, 'acceptanceRatio'));
	for (const name of ['resolution.mean', 'throughput.bitsPerSecond']) {
		const [actual, expected, toleranceRatio] = [measure(inContainers, name), measure(inNamespaces, name), 0.05];
		t.log(`${name}: ${actual} in containers, ${expected} in namespaces ± ${toleranceRatio}`);
		t.true(Math.abs(actual / expected - 1) <= toleranceRatio, `${name}: ${actual}, expected ${expected}`);
	}
});

function measureIn(path: string, name: string): number {
	type Measure = {readonly measure: string; readonly minimumResolutionRatio: number | null; readonly value: number};
	const summary = JSON.parse(readFileSync(path, 'utf8')) as {
		readonly variants: ReadonlyArray<{readonly repeats: ReadonlyArray<{readonly measures: readonly Measure[]}>}>;
	};
	const measures = summary.variants[0]?.repeats[0]?.measures ?? [];
	const found = measures.find(
		({measure, minimumResolutionRatio}) => measure === name && minimumResolutionRatio === null,
	);
	if (!found) {
		throw new Error(`no measure ${name} among ${measures.map(({measure}) => measure).join(', ')}`);
	}
	return found.value;
}

test('a changed rate is held by the kernel at both ends, and its counters are read', async t => {
	await using deployment = await deploy(t);
	const [before] = await deployment.calibrate({secondsPerLink: 0.2, signal: AbortSignal.timeout(60_000)});
	const {appliedNs, observedNs} = await deployment.changeRate({link: 'first', bitsPerSecond: 20e6});
	t.true(appliedNs <= observedNs);
	for (const site of ['camera', 'worker']) {
		const id = await engine.docker('ps', '--quiet', '--filter', `label=org.streambed.site=${site}`);
		t.regex(await engine.docker('exec', id, 'tc', 'class', 'show', 'dev', 'link0'), /rate 20Mbit/);
	}
	const [after] = await deployment.calibrate({secondsPerLink: 0.2, signal: AbortSignal.timeout(60_000)});
	const toleranceRatio = 0.2;
	for (const [measured, expected] of [
		[before?.measuredBitsPerSecond ?? 0, 10e6],
		[after?.measuredBitsPerSecond ?? 0, 20e6],
	] as const) {
		t.log(`measured ${measured} bit/s, expected ${expected} ± ${toleranceRatio}`);
		t.true(Math.abs(measured / expected - 1) < toleranceRatio);
	}
	const counters = await deployment.sampleLinks();
	t.deepEqual(
		counters.map(({link, from}) => `${link} from ${from}`),
		['first from camera', 'first from worker', 'second from worker', 'second from user'],
	);
	t.true(counters.every(({bytes}) => bytes > 0));
});

test('nothing in a container has a way out of the links', async t => {
	await using _deployment = await deploy(t);
	const id = await engine.docker('ps', '--quiet', '--filter', 'label=org.streambed.site=camera');
	t.deepEqual((await engine.docker('exec', id, 'ip', 'route', 'show', 'default')).split('\n'), ['']);
	const capabilities = JSON.parse(await engine.docker('inspect', '--format', '{{json .HostConfig.CapAdd}}', id));
	t.deepEqual(
		capabilities.map((name: string) => name.replace('CAP_', '')),
		['NET_ADMIN'],
	);
	t.is(await engine.docker('inspect', '--format', '{{.HostConfig.Privileged}}', id), 'false');
});

test('a container that somebody removes is reported with its site', async t => {
	await using deployment = await deploy(t);
	const lost = new Promise<{readonly site?: string; readonly reason: string}>(resolve => {
		deployment.onLost(resolve);
	});
	await engine.docker(
		'rm',
		'--force',
		await engine.docker('ps', '--quiet', '--filter', 'label=org.streambed.site=worker'),
	);
	const {site, reason} = await lost;
	t.is(site, 'worker');
	t.regex(reason, /container ended: (?:somebody removed it|exit code 137)/);
});

test('an image that is missing is named with the command that makes it, and the exit code is 3', async t => {
	const end = await runCli(...onDocker([], {STREAMBED_DOCKER_IMAGE: 'streambed-test:none'}));
	t.is(end.exitCode, exitCodes.machineLacks);
	t.regex(end.stderr, /no image streambed-test:none\ndocker build --tag streambed-test:none/);
});

test('an image without Node, a shell or anything is refused with what the engine says', async t => {
	await engine.build('streambed-test:empty', ['FROM scratch', 'LABEL empty=true']);
	const error = await refusal(t, {imageName: 'streambed-test:empty'});
	t.is(error.code, 'ENGINE_REFUSED');
	t.regex(error.message, /starting the container .*streambed-test:empty: .*"node"/s);
	t.regex(error.hint ?? '', /build-image/);
});

const ourImage = () => engine.docker('images', '--quiet', 'streambed');

test('an image without tc is refused by the site that misses it', async t => {
	await engine.build('streambed-test:no-tc', [`FROM ${await ourImage()}`, 'RUN ["/bin/rm", "/usr/sbin/tc"]']);
	const error = await refusal(t, {imageName: 'streambed-test:no-tc'});
	t.is(error.code, 'TOOL_MISSING');
	t.regex(error.message, /^in the container of \w+: tc is not installed/);
});

test('an image of another build is refused before anything is streamed', async t => {
	const consumer = '/opt/streambed/dist/harness/workload/consumer.js';
	await engine.build('streambed-test:other', [`FROM ${await ourImage()}`, `RUN echo '// changed' >> ${consumer}`]);
	const error = await refusal(t, {imageName: 'streambed-test:other'});
	t.is(error.code, 'IMAGE_UNFIT');
});

test('a container that exits at once is reported with its exit code and its last lines', async t => {
	const agent = '/opt/streambed/dist/harness/testbeds/docker/site-agent.js';
	const words = 'console.error("out of coffee"); process.exitCode = 7;';
	await engine.build('streambed-test:exits', [`FROM ${await ourImage()}`, `RUN echo '${words}' > ${agent}`]);
	const error = await refusal(t, {imageName: 'streambed-test:exits'});
	t.is(error.code, 'NODE_LOST');
	t.regex(error.message, /the container of \w+ ended: exit code 7: out of coffee/);
});

test('a name that is taken is refused, and what has it stays', async t => {
	const name = `streambed-${labelOf(t)}-worker`;
	await engine.docker('create', '--name', name, 'streambed-test:empty', 'anything');
	const error = await refusal(t, {});
	t.is(error.code, 'ENGINE_REFUSED');
	t.regex(error.message, /already in use/);
	t.is(await engine.docker('ps', '--all', '--filter', `name=${name}`, '--format', '{{.Names}}'), name);
	await engine.docker('rm', name);
});

test('a range without room for another network is named, and networks that were made go', async t => {
	const error = await refusal(t, {range: '198.19.255.0/29'});
	t.is(error.code, 'ENGINE_REFUSED');
	t.regex(error.message, /no subnet of 198\.19\.255\.0\/29 is left/);
});

const docker = (...parameters: readonly string[]) => engine.docker(...parameters);

test('a subnet that another run takes meanwhile is passed over, and links after it have theirs', async t => {
	const [range, prefix] = ['198.19.254.0/27', 'meanwhile'];
	const make = await linkNetworkMaker({
		...{engine: await openEngine(), range, prefix, labels: {}, siteAddresses: []},
		manifest: new Manifest({folder: join(world, prefix), label: prefix}),
	});
	const [first, second, third] = freeSubnets({range, taken: [], key: prefix});
	await docker('network', 'create', '--subnet', second?.prefix ?? '', 'somebody-else');
	const {links} = planTopology(chainScenario());
	const names: string[] = [];
	for (const link of links) {
		const {name} = await make(link);
		names.push(name);
	}
	const standing = await docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', ...names);
	t.deepEqual(standing.split('\n'), [first?.prefix, third?.prefix]);
	await docker('network', 'rm', 'somebody-else', ...names);
});

test('a stream goes through an image of one static program, which is shaped, watched and logged from outside', async t => {
	await importStatic(docker);
	const settings = relaySettings().flatMap(setting => ['--set', setting]);
	await using cli = new CliProcess(['run', relayedRun, '--testbed', 'docker', ...settings], {
		env: {DOCKER_HOST: engine.host},
	});
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	t.true(records.some(({kind}) => kind === 'chunk.delivered'));
	requireForeignSamples(t, records);
	const [outcome] = cli.document().outcomes;
	t.is(outcome?.calibration.length, 6, 'the links of the foreign site were measured as all others');
	t.regex(outcome?.images?.[staticImage] ?? '', /^sha256:[0-9a-f]{64}$/);
	const logs = readdirSync(join(cli.runFolder, 'logs/default-0'));
	t.true(logs.includes('relay.log') && logs.includes('relay.links.log'), logs.join());
	t.deepEqual(await engine.ours(), []);
});

const foreignBadDays = [
	[
		'image that is missing',
		{image: 'nobody/has:this'},
		'IMAGE_UNFIT',
		/no image nobody\/has:this/,
		/^see topology\.sites\.relay\.image; .*docker pull nobody\/has:this/,
	],
	[
		'command that the image has not',
		{command: ['sh']},
		'ENGINE_REFUSED',
		/foreign program at relay.*"sh"/s,
		/relay\.command/,
	],
	['image that names no program', {command: undefined}, 'ENGINE_REFUSED', /no command specified/i, /relay\.command/],
	[
		'program that ends at once',
		{command: ['/busybox', 'cat', '/none']},
		'NODE_LOST',
		/exit code 1: cat: can't open '\/none'/,
		/relay\.command/,
	],
	[
		'program that is never ready',
		{command: ['/busybox', 'sleep', '60'], readyLimit: '500ms'},
		'TIMED_OUT',
		/not ready after 0\.5 s: nothing listens at its port 7000/,
		/readyLimit/,
	],
	[
		'command of readiness that fails',
		{ready: {command: ['/busybox', 'false']}, readyLimit: '500ms'},
		'TIMED_OUT',
		/\/busybox false does not end with 0/,
		/readyLimit/,
	],
] as const;

test('what is wrong with a foreign site is refused with the next step, and nothing is left', async t => {
	const refused = foreignBadDays.map(async ([what, settings, code, said, hint], index) => {
		const label = `foreign-${index}`;
		const options = {scenario: relayedScenario(settings), label, logFolder: join(world, label)};
		const error = await t.throwsAsync(deployContainers({...options, signal: AbortSignal.timeout(60_000)}), {
			instanceOf: StreambedError,
		});
		t.log(`${what}: ${error.code}: ${error.message} (${error.hint})`);
		t.is(error.code, code, what);
		t.regex(error.message, said);
		t.regex(error.hint ?? '', hint);
		t.deepEqual(await engine.ours(`org.streambed.run=${label}`), [], 'nothing is left behind');
	});
	await Promise.all(refused);
});

test('what is started beside the task of a swarm is put in order before it leaves, ends with it, and is removed by the engine', async t => {
	await importStatic(docker);
	await docker('run', '--detach', '--name', 'task', staticImage, '/busybox', 'sleep', '60');
	const lost = Promise.withResolvers<readonly string[]>();
	const hostOf = (container: string) =>
		new ForeignHost({
			...{clock: realClock, container, logPath: join(world, 'beside.log')},
			onLost: (...loss) => lost.resolve(loss),
		});
	const start = (host: ForeignHost, name: string, script: string) =>
		host.start(
			{
				program: {
					...{site: 'relay', image: staticImage, environment: {}, address: '127.0.0.1', port: 7000},
					command: ['/busybox', 'sh', '-c', script],
					...{ready: {kind: 'log', text: 'coffee'}, readyLimitSeconds: 20},
				},
				...{name, labels: {}},
			},
			AbortSignal.timeout(30_000),
		);
	const standing = () => docker('ps', '--all', '--format', '{{.Names}} {{.State}}', '--filter', 'name=beside-');

	const named = {name: staticImage, key: 'topology.sites.relay.image'};
	const somewhereElse = await t.throwsAsync(hostOf('nobody').findImage(named), {instanceOf: StreambedError});
	t.is(somewhereElse.code, 'ENGINE_UNREACHABLE');
	t.regex(somewhereElse.message, /is not that of this node/);

	await start(hostOf('task'), 'beside-1', '/busybox echo out of coffee; /busybox sleep 0.3; exit 3');
	t.deepEqual(await lost.promise, ['relay', 'its container ended: exit code 3: out of coffee']);
	t.is(await standing(), '');

	const leaving = hostOf('task');
	await leaving.findImage(named);
	const starting = start(leaving, 'beside-2', '/busybox sleep 60');
	starting.catch(() => {});
	await realClock.sleep(0.02);
	await leaving.settle();
	t.is(await standing(), 'beside-2 running', 'a container that was made, and not started, would stay');
	await t.throwsAsync(starting);
	await docker('kill', 'task');
	const seconds = await waitFor(async () => (await standing()) === '', 10);
	t.log(`gone ${seconds.toFixed(1)} s after the task, expected within 10 s`);
	t.is(await standing(), '');
	await docker('rm', 'task');
});

declareServersByImage(test, {engine: () => engine, world});

test('an interrupted deployment leaves nothing', async t => {
	const controller = new AbortController();
	const label = labelOf(t);
	const options = {scenario: chainScenario(), label, logFolder: join(world, label), signal: controller.signal};
	const deployment = deployContainers(options);
	await waitFor(async () => (await oursNow(t)).length > 2, 30);
	controller.abort(new Error('enough'));
	await t.throwsAsync(deployment, {message: 'enough'});
	t.deepEqual(await oursNow(t), []);
});

test('without an engine a run ends with 3 and the command that starts one', async t => {
	const end = await runCli(...onDocker([], {DOCKER_HOST: `unix://${world}/no.sock`}));
	t.is(end.exitCode, exitCodes.machineLacks);
	t.regex(end.stderr, /no\.sock is not there/);
	t.regex(end.stderr, /systemctl start docker/);
});

const otherUserTest = skipped === undefined && canBeOtherUser(program) ? test : anyTest.serial.skip;

otherUserTest('a user whom the engine refuses is told how to be let in', async t => {
	const out = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	chmodSync(out, 0o777);
	const [parameters, {env}] = onDocker(['--out', out]);
	// The engine of the test stands in a folder of root's own: a socket that another user sees, and may not use.
	const socket = join(tmpdir(), `streambed-test-${process.pid}.sock`);
	chmodSync(env.DOCKER_HOST.slice('unix://'.length), 0o600);
	linkSync(env.DOCKER_HOST.slice('unix://'.length), socket);
	try {
		const end = await runCli(parameters, {prefix: asOtherUser, env: {DOCKER_HOST: `unix://${socket}`}});
		t.is(end.exitCode, exitCodes.machineLacks, end.stderr);
		t.regex(end.stderr, /no permission on its socket/);
		t.regex(end.stderr, /usermod --append --groups docker/);
	} finally {
		rmSync(socket);
		rmSync(out, {recursive: true});
	}
});

test('the doctor tells of engine, API, cgroups and image', async t => {
	const {stdout} = await runCli(['doctor', '--json'], {env: {DOCKER_HOST: engine.host}});
	const {capabilities, testbeds} = JSON.parse(stdout) as {
		readonly capabilities: ReadonlyArray<{readonly name: string; readonly ok: boolean; readonly detail: string}>;
		readonly testbeds: readonly unknown[];
	};
	const about = (name: RegExp) => capabilities.find(one => name.test(one.name));
	t.regex(about(/^container engine/)?.detail ?? '', /API \d+\.\d+/);
	t.regex(about(/^cgroups/)?.detail ?? '', /version [12]/);
	t.like(about(/^image streambed/), {ok: true});
	t.deepEqual(testbeds.slice(2), [
		{testbed: 'docker', lacks: []},
		{testbed: 'swarm', lacks: ['swarm']},
	]);
});

test('clean removes what a killed harness left and nothing else', async t => {
	const orphan = ['--label', 'org.streambed.run=killed', '--label', 'org.streambed.harness=1:1', '--label'];
	await using deployment = await deploy(t);
	const id = await engine.docker('ps', '--quiet', '--filter', 'label=org.streambed.site=user');
	const machine = await engine.docker('inspect', '--format', '{{index .Config.Labels "org.streambed.machine"}}', id);
	await engine.docker('network', 'create', ...orphan, `org.streambed.machine=${machine}`, 'left-behind');
	await engine.docker('volume', 'create', ...orphan, `org.streambed.machine=${machine}`, 'left-volume');
	await engine.docker('network', 'create', ...orphan, 'org.streambed.machine=another', 'of-another-machine');
	await engine.docker('network', 'create', 'of-somebody-else');
	const {exitCode, stdout} = await runCli(['clean'], {env: {DOCKER_HOST: engine.host}});
	t.is(exitCode, 0);
	t.regex(stdout, /removed network left-behind\n/);
	t.regex(stdout, /removed volume left-volume\n/);
	t.is(stdout.match(/^removed (?:container|network|volume)/gm)?.length, 2, 'what runs, and what is another’s, stays');
	await deployment[Symbol.asyncDispose]();
	await engine.docker('network', 'rm', 'of-another-machine', 'of-somebody-else');
});

test('a harness that is killed leaves nothing at the engine after ten seconds', async t => {
	await using cli = new CliProcess(...onDocker());
	await cli.until('driving', () => cli.records().some(({kind}) => kind === 'chunk.produced'));
	t.true((await engine.ours()).length >= 3 + 4);
	cli.child.kill('SIGKILL');
	const limitSeconds = 10;
	const seconds = await waitFor(async () => (await engine.ours()).length === 0, limitSeconds);
	t.log(`gone after ${seconds} s, expected within ${limitSeconds} s`);
	t.deepEqual(await engine.ours(), []);
});

test('an engine that dies in the middle ends the run in order, with the records so far', async t => {
	await using cli = new CliProcess(...onDocker());
	await cli.until('a delivered chunk', () => cli.records().some(({kind}) => kind === 'chunk.delivered'));
	engine.kill();
	const {exitCode} = await cli.ended;
	t.is(exitCode, exitCodes.notValid, cli.stderr);
	t.regex(cli.stderr, /the testbed ended in the middle: the container engine went away/);
	t.regex(cli.stderr, /streambed clean/);
	const kinds = new Set<RecordKind>(cli.records().map(({kind}) => kind));
	t.true(kinds.has('chunk.delivered') && kinds.has('run.ended'));
	t.is(cli.document().status, 'failed');
});
