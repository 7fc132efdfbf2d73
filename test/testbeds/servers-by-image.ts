import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import anyTest, {type ExecutionContext} from 'ava';
import {execa} from 'execa';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import type {RecordKind} from '#core/records/schema.ts';
import {parseScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {deployContainers} from '#testbeds/docker/deploy-containers.ts';
import {SiteAnswers} from '#testbeds/drive/site-answers.ts';
import type {Deployment} from '#testbeds/testbed.ts';
import {Tunnels} from '#testbeds/tunnels/tunnels.ts';
import {CliProcess} from '../support/cli-process.ts';
import type {ContainerEngine} from '../support/container-engine.ts';
import {importImage, importStatic, staticImage} from '../support/import-image.ts';
import {ofKind} from '../support/of-kind.ts';

/** An engine that the tests of a file share, and a folder of theirs. */
type Stand = {readonly engine: () => ContainerEngine; readonly world: string};

/** Declares the tests of brokers and data servers of images that are not ours, in a file whose engine they share. */
export function declareServersByImage(test: Declare, stand: Stand): void {
	declareBrokers(withProgram(test, 'nats-server'), stand);
	declareDataServers(withProgram(test, 'haproxy'), stand);
}

function declareBrokers(test: Declare, {engine, world}: Stand): void {
	const docker = (...parameters: readonly string[]) => engine().docker(...parameters);
	const image = 'streambed-test:nats';
	const bring = () => bringServer(engine(), {image, program: 'nats-server', changes: ['ENTRYPOINT ["/nats-server"]']});
	const set = (name: string) => [`stack.broker=${JSON.stringify({kind: 'nats', nodes: 1, image: name})}`];

	test('a broker of an image that is not ours carries every chunk, in a container beside its site', async t => {
		await bring();
		await using cli = await runOnDocker(engine(), oneBroker, set(image));
		t.is((await cli.ended).exitCode, 0, cli.stderr);
		const count = (kind: RecordKind) => cli.records().filter(record => record.kind === kind).length;
		t.true(count('chunk.produced') >= 3, `${count('chunk.produced')} chunks`);
		t.is(count('chunk.delivered'), count('chunk.produced'));
		t.regex(cli.document().outcomes[0]?.images?.[image] ?? '', /^sha256:[0-9a-f]{64}$/);
		const logs = join(cli.runFolder, 'logs/default-0/edge');
		t.regex(readFileSync(join(logs, 'broker.log'), 'utf8'), /Listening for client connections.*Server is ready/s);
		t.deepEqual(readdirSync(logs), ['broker.log', 'nats-server.conf']);
		t.deepEqual(await engine().ours(), [], 'volumes, too');
	});

	test('an image that is missing, or is no broker, is named with the next step; one that ends is told with its site', async t => {
		await Promise.all([importStatic(docker), bring()]);
		const deployWith = (name: string, label: string) =>
			deploy({scenario: scenarioOf(oneBroker, set(name)), label, world});
		const days = [
			[
				'nobody/has:this',
				'IMAGE_UNFIT',
				/no image nobody\/has:this/,
				/^see stack\.broker\.image; .*docker pull nobody\/has:this/,
			],
			[staticImage, 'ENGINE_REFUSED', /broker at edge.*"nats-server"/s, /nats-server on its path/],
		] as const;
		const refused = days.map(async ([name, code, said, hint], index) => {
			const error = await t.throwsAsync(deployWith(name, `broker-${index}`), {instanceOf: StreambedError});
			t.log(`${error.code}: ${error.message} (${error.hint})`);
			t.is(error.code, code);
			t.regex(error.message, said);
			t.regex(error.hint ?? '', hint);
			t.deepEqual(await engine().ours(`org.streambed.run=broker-${index}`), [], 'nothing is left behind');
		});
		await Promise.all(refused);
		await using deployment = await deployWith(image, 'broker-ends');
		const lost = new Promise<{readonly site?: string; readonly reason: string}>(resolve => deployment.onLost(resolve));
		await engine().docker('kill', 'streambed-broker-ends-edge.broker-server');
		const {site, reason} = await lost;
		t.is(site, 'edge');
		t.regex(reason, /the program edge\/broker: its container ended: exit code 137/);
	});
}

function declareDataServers(test: Declare, {engine, world}: Stand): void {
	const docker = (...parameters: readonly string[]) => engine().docker(...parameters);
	const image = 'streambed-test:haproxy';
	const bring = () => bringServer(engine(), {image, program: 'haproxy', path: 'usr/local/sbin/haproxy'});
	const set = (name: string) => [`stack.tunnel.image=${name}`];

	test('data servers of an image that is not ours carry every chunk, and what they carry is counted', async t => {
		await bring();
		await using cli = await runOnDocker(engine(), gateways, set(image));
		t.is((await cli.ended).exitCode, 0, cli.stderr);
		const records = cli.records();
		const delivered = ofKind(records, 'chunk.delivered');
		t.true(delivered.length > 20, `${delivered.length} chunks`);
		t.is(delivered.length, ofKind(records, 'chunk.produced').length);
		const bytes = delivered.reduce((sum, chunk) => sum + chunk.bytes, 0);
		const through = ofKind(records, 'session.closed').reduce((sum, {backwardBytes}) => sum + backwardBytes, 0);
		t.true(through >= bytes && through < bytes * 1.05, `${through} B went through for ${bytes} B of chunks`);
		const cpu = ofKind(records, 'site.sample').filter(({site, cpuRatio}) => site.startsWith('gateway') && cpuRatio > 0);
		t.true(cpu.length > 1, 'the gateways took processor time');
		t.regex(cli.document().outcomes[0]?.images?.[image] ?? '', /^sha256:[0-9a-f]{64}$/);
		const logs = (site: string) => readdirSync(join(cli.runFolder, 'logs/default-0', site)).length;
		t.deepEqual([logs('gateway-a'), logs('gateway-b')], [2, 2], 'a log of each');
		t.deepEqual(await engine().ours(), [], 'volumes, too');
	});

	test('the containers of data servers come back when they are killed and go with their sessions; an image that has none is told', async t => {
		await Promise.all([bring(), importStatic(docker)]);
		const scenario = (name: string) => scenarioOf(gateways, set(name));
		const missing = deploy({scenario: scenario('nobody/has:this'), label: 'servers-none', world});
		await t.throwsAsync(missing, {code: 'IMAGE_UNFIT'});
		const serversOf = async (label: string) =>
			(await engine().ours(`org.streambed.run=${label}`)).filter(name => name.endsWith('.data-server'));

		const refused = async (name: string, label: string) => {
			await using deployment = await deploy({scenario: scenario(name), label, world});
			const tunnels = await settled(deployment, scenario(name));
			const error = await t.throwsAsync(openSession(tunnels, 'stream-1'), {instanceOf: StreambedError});
			t.is(error.code, 'DATA_SERVER_FAILED');
			t.regex(error.message, /streambed-test:static: .*"haproxy".* \(the image is to have haproxy on its path/s);
			t.deepEqual(await serversOf(label), [], 'what could not start is gone');
		};
		await Promise.all([refused(staticImage, 'servers-without'), sessionsComeAndGo(t, serversOf)]);
		t.deepEqual(await engine().ours(), [], 'volumes, too');
	});

	async function sessionsComeAndGo(
		t: ExecutionContext,
		serversOf: (label: string) => Promise<readonly string[]>,
	): Promise<void> {
		const [scenario, label] = [scenarioOf(gateways, set(image)), 'servers-sessions'];
		await using deployment = await deploy({scenario, label, world});
		const tunnels = await settled(deployment, scenario);
		const opened = await Promise.all(['stream-1', 'stream-2'].map(stream => openSession(tunnels, stream)));
		const standing = async () => (await serversOf(label)).map(name => name.slice(`streambed-${label}-`.length)).sort();
		const named = (...names: readonly string[]) => names.map(name => `gateway-${name}.data-server`);
		t.deepEqual(await standing(), named('a.1', 'a.2', 'b.1', 'b.2'), 'one at each gateway for each session');

		await docker('exec', '--detach', `streambed-${label}-instrument`, ...greeter);
		const heard = (endpoint: string) => docker('exec', `streambed-${label}-user`, ...listenerTo(endpoint));
		t.deepEqual(await Promise.all(opened.map(heard)), ['hello', 'hello']);
		deployment.send('gateway-b', {kind: 'kill-data-servers'});
		const backAgain = named('a.1', 'a.2', 'b.3', 'b.4');
		t.deepEqual(await eventually(standing, names => names.join() === backAgain.join()), backAgain);
		for (const endpoint of opened) {
			t.is(
				await eventually(
					() => heard(endpoint).catch(String),
					said => said === 'hello',
				),
				'hello',
			);
		}

		const taken = `streambed-${label}-gateway-a.3.data-server`;
		await docker('create', '--name', taken, staticImage, 'anything');
		await t.throwsAsync(openSession(tunnels, 'stream-3'), {message: /name .* is already in use/});
		await docker('rm', taken);
		await tunnels.closeAll();
		t.deepEqual(await eventually(standing, ({length}) => length === 0), [], 'while the gateways stand');
	}
}

/** A program that says hello to everyone who connects to where sessions lead, and one that hears what is said at an endpoint. */
const greeter = ['node', '--eval', "require('net').createServer(socket => socket.end('hello')).listen(5601)"];
const listenerTo = (endpoint: string): readonly string[] => {
	const {hostname, port} = new URL(endpoint);
	return ['node', '--eval', `require('net').connect(${port}, '${hostname}').pipe(process.stdout)`];
};

/** Looks again for twenty seconds, until it is as wanted. */
async function eventually<Value>(look: () => Promise<Value>, wanted: (value: Value) => boolean): Promise<Value> {
	const limitNs = realClock.nowNs() + 20_000_000_000n;
	let value = await look();
	while (!wanted(value) && realClock.nowNs() < limitNs) {
		await realClock.sleep(0.1);
		value = await look();
	}
	return value;
}

type Declare = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void;

function withProgram(test: Declare, name: string): Declare {
	if (findProgram(name) !== undefined) {
		return test;
	}
	process.stderr.write(`skipped, an image with ${name}: it is not installed; apt-get install --yes ${name}\n`);
	return anyTest.serial.skip;
}

/** The image of a server and the libraries that it is linked with: no shell, and nobody is root there. */
async function bringServer(
	engine: ContainerEngine,
	{
		image,
		program,
		path = program,
		changes = [],
	}: {
		readonly image: string;
		readonly program: string;
		readonly path?: string;
		readonly changes?: readonly string[];
	},
): Promise<void> {
	const file = findProgram(program) ?? '';
	const {stdout} = await execa('ldd', [file]);
	const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => [library, library]);
	await importImage((...parameters) => engine.docker(...parameters), {
		...{name: image, files: {[path]: file, ...Object.fromEntries(libraries)}, changes: [...changes, 'USER 1000']},
	});
}

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const oneBroker = fixture('one-broker-run.yaml');
const gateways = fixture('gateways-run.yaml');

async function runOnDocker(engine: ContainerEngine, path: string, set: readonly string[]): Promise<CliProcess> {
	return new CliProcess(['run', path, '--testbed', 'docker', ...set.flatMap(one => ['--set', one])], {
		env: {DOCKER_HOST: engine.host},
	});
}

function scenarioOf(path: string, set: readonly string[]): Scenario {
	const [variant] = parseScenario(readFileSync(path, 'utf8'), path, {set}).variants;
	if (!variant) {
		throw new Error(`${path} has no variant`);
	}
	return variant.scenario;
}

function deploy({
	scenario,
	label,
	world,
}: {
	readonly scenario: Scenario;
	readonly label: string;
	readonly world: string;
}): Promise<Deployment> {
	return deployContainers({scenario, label, logFolder: join(world, label), signal: AbortSignal.timeout(60_000)});
}

/** The tunnel of a deployment, its gateways and its user client set up. */
async function settled(deployment: Deployment, scenario: Scenario): Promise<Tunnels> {
	const inTime = {clock: realClock, signal: AbortSignal.timeout(60_000)};
	const tunnels = Tunnels.of({scenario, deployment, ...inTime});
	if (!tunnels) {
		throw new Error('the scenario has no tunnel');
	}
	const answers = new SiteAnswers('set-up', tunnels.programs);
	deployment.onEvent((site, event) => {
		answers.hear(site, event);
		tunnels.hear(site, event);
	});
	await tunnels.setUp();
	await answers.all({...inTime, limitSeconds: 30});
	return tunnels;
}

/** For a sender that listens nowhere: its data servers connect to it when somebody connects to them. */
async function openSession(tunnels: Tunnels, stream: string): Promise<string> {
	const opening = tunnels.open({stream, sender: 'instrument', listens: 'tcp://198.18.0.1:5601'});
	tunnels.hear('instrument', {kind: 'stream-opened', stream});
	return opening;
}
