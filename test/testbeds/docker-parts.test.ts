import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {adoptCommands} from '#testbeds/docker/adopted-devices.ts';
import type {Engine} from '#testbeds/docker/engine.ts';
import {ImageBrokers} from '#testbeds/docker/image-brokers.ts';
import {imageCommand} from '#testbeds/docker/image-command.ts';
import {Manifest} from '#testbeds/docker/manifest.ts';
import {freeSubnets, overlaps} from '#testbeds/docker/subnets.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';

const world = mkdtempSync(join(tmpdir(), 'streambed-test-'));
test.after.always(() => rmSync(world, {recursive: true, force: true}));

test('subnets are eight addresses each, overlap none that is taken, and begin where the key says', t => {
	const options = {range: '198.19.0.0/27', taken: ['198.19.0.8/30', '198.18.0.0/16', 'fd00::/64'], key: 'one'};
	const found = [...freeSubnets(options)].map(({prefix}) => prefix);
	t.deepEqual(found.toSorted(), ['198.19.0.0/29', '198.19.0.16/29', '198.19.0.24/29']);
	const starts = new Set(['a', 'b', 'c', 'd', 'e', 'f'].map(key => [...freeSubnets({...options, key})][0]?.prefix));
	t.true(starts.size > 1, 'other keys begin elsewhere');
	t.deepEqual(
		[...freeSubnets({range: '198.19.0.0/29', taken: [], key: ''})],
		[{prefix: '198.19.0.0/29', ends: ['198.19.0.2', '198.19.0.3']}],
	);
	t.true(overlaps('198.18.0.0/24', '198.18.0.7/32'));
	t.false(overlaps('198.18.1.0/24', '198.18.0.7/32'));
});

test('an interface is found by its address, whatever it is called, and one that is not there is named', t => {
	const interfaces = {eth0: [{address: '198.19.0.3'}], lo: [{address: '127.0.0.1'}], eth1: [{address: '198.19.0.10'}]};
	t.deepEqual(adoptCommands([{device: 'link4', address: '198.19.0.10'}], interfaces), [
		['link', 'set', 'dev', 'eth1', 'down'],
		['address', 'flush', 'dev', 'eth1'],
		['link', 'set', 'dev', 'eth1', 'name', 'link4'],
	]);
	t.throws(() => adoptCommands([{device: 'link5', address: '198.19.0.11'}], interfaces), {
		message: /no interface of the container has 198\.19\.0\.11; there are eth0 198\.19\.0\.3/,
	});
});

test('an image that starts a program by itself is told its parameters alone', t => {
	const command = ['nats-server', '--config', 'file'] as const;
	t.deepEqual(imageCommand({entryPoint: ['/nats-server']}, command), ['--config', 'file']);
	t.deepEqual(imageCommand({entryPoint: ['docker-entrypoint.sh']}, command), command);
	t.deepEqual(imageCommand({entryPoint: []}, command), command);
});

const oneBroker = fileURLToPath(new URL('../fixtures/one-broker-run.yaml', import.meta.url));

/** An engine whose one container ends like this as soon as it is started, or never. */
function engineWhere(inspectEnded?: () => Promise<unknown>): Engine {
	const stream = new PassThrough();
	const container = {
		attach: () => Promise.resolve(stream),
		start: () => Promise.resolve(inspectEnded && stream.destroy()),
		inspect: inspectEnded,
	};
	const image = {inspect: () => Promise.resolve({Id: 'sha256:0', RepoDigests: [], Config: {}})};
	const engine = {
		createContainer: () => Promise.resolve(container),
		getContainer: () => container,
		getImage: () => image,
		modem: {demuxStream() {}},
	};
	return engine as unknown as Engine;
}

const preparationDays = [
	['that hangs', engineWhere(), 'TIMED_OUT', /did not prepare the broker at edge in 60 s/],
	[
		'that fails',
		engineWhere(() => Promise.resolve({State: {Running: false, ExitCode: 1}})),
		'IMAGE_UNFIT',
		/cannot prepare the broker at edge: exit code 1/,
	],
	[
		'whose engine went away',
		engineWhere(() => Promise.reject(Object.assign(new Error('gone'), {code: 'ECONNREFUSED'}))),
		'ENGINE_UNREACHABLE',
		/preparing the broker at edge: the container engine went away/,
	],
] as const;

for (const [what, at, code, message] of preparationDays) {
	test(`the preparation of a broker of an image ${what} ends with ${code}`, async t => {
		const broker = {kind: 'kafka', nodes: 1, image: 'some:kafka'};
		const set = [`stack=${JSON.stringify({transport: 'kafka', broker})}`];
		const [variant] = parseScenario(readFileSync(oneBroker, 'utf8'), oneBroker, {set}).variants;
		const logFolder = join(world, code);
		const brokers = await ImageBrokers.of({
			engine: at,
			scenario: variant?.scenario ?? chainScenario(),
			prefix: 'streambed-test',
			labels: {},
			manifest: new Manifest({folder: logFolder, label: code}),
			logFolder,
			clock: {...realClock, after: (seconds, callback) => realClock.after(seconds / 1000, callback)},
			signal: AbortSignal.timeout(10_000),
		});
		const starting = brokers?.start({site: 'edge', address: '198.18.0.2', joins: 'edge', onEnd: () => t.fail()});
		await t.throwsAsync(async () => starting, {instanceOf: StreambedError, code, message});
	});
}
