import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import anyTest, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import type {NodeEvent, SiteSetup, StreamPlan} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {findRunProcesses} from '#testbeds/namespaces/leftovers.ts';
import {createNamespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';
import type {Deployment} from '#testbeds/testbed.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';
import {asOtherUser, canBeOtherUser} from '../support/other-user.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
const program = fixture('site-program.ts');
const testbed = createNamespacesTestbed({programs: {producer: program, compute: program, consumer: program}});

const deploy = (t: ExecutionContext, scenario = chainScenario()): Promise<Deployment> =>
	testbed.deploy({scenario, label: labelOf(t), signal: AbortSignal.timeout(60_000)});

const labelOf = (t: ExecutionContext): string => `${process.pid}/${t.title}`;

const processesOf = (label: string): number[] =>
	findRunProcesses()
		.filter(found => found.label === label)
		.map(({pid}) => pid);

async function waitFor(condition: () => boolean, seconds: Seconds): Promise<Seconds> {
	const startNs = realClock.nowNs();
	const elapsed = () => Number(realClock.nowNs() - startNs) / 1e9;
	while (!condition() && elapsed() < seconds) {
		await realClock.sleep(0.02);
	}
	return elapsed();
}

/** A transfer without end from the worker to the user, with what arrives reported every ten milliseconds. */
async function startTransfer(deployment: Deployment): Promise<Array<Extract<NodeEvent, {kind: 'chunk-arrived'}>>> {
	const arrivals: Array<Extract<NodeEvent, {kind: 'chunk-arrived'}>> = [];
	const listening = Promise.withResolvers<void>();
	deployment.onEvent((_site, event) => {
		if (event.kind === 'set-up') {
			listening.resolve();
		} else if (event.kind === 'chunk-arrived') {
			arrivals.push(event);
		}
	});
	const endpoint = deployment.endpoint({link: 'second', to: 'user'});
	deployment.send('user', {kind: 'setup', setup: {listenEndpoint: endpoint} as SiteSetup});
	await listening.promise;
	deployment.send('worker', {kind: 'open-stream', plan: {next: {link: 'second', endpoint}} as StreamPlan});
	return arrivals;
}

test('a deployment comes up with a program at every site, and leaves nothing when it is disposed of', async t => {
	{
		await using deployment = await deploy(t);
		t.log(deployment.setupSeconds);
		t.true(processesOf(labelOf(t)).length >= 5, 'unshare, the holder and three programs are marked as ours');
	}
	t.deepEqual(processesOf(labelOf(t)), []);
});

test('a link calibrates to its rate at layer 2 and to no delay worth naming, in both directions', async t => {
	await using deployment = await deploy(t);
	const calibrations = await deployment.calibrate({secondsPerLink: 0.3, signal: AbortSignal.timeout(60_000)});
	t.deepEqual(
		calibrations.map(({link, from}) => `${link} from ${from}`),
		['first from camera', 'first from worker', 'second from worker', 'second from user'],
	);
	const toleranceRatio = 0.02;
	for (const {
		link,
		from,
		askedBitsPerSecond,
		measuredBitsPerSecond,
		goodputBitsPerSecond,
		measuredDelayMs,
	} of calibrations) {
		const errorRatio = measuredBitsPerSecond / askedBitsPerSecond - 1;
		t.log(`${link} from ${from}: ${measuredBitsPerSecond} bit/s, expected ${askedBitsPerSecond} ± ${toleranceRatio}`);
		t.true(Math.abs(errorRatio) < toleranceRatio, `${link} from ${from} is off by ${errorRatio}`);
		t.true(goodputBitsPerSecond > 0.8 * askedBitsPerSecond && goodputBitsPerSecond < 1.1 * askedBitsPerSecond);
		t.true(measuredDelayMs < 2, `the delay is ${measuredDelayMs} ms`);
	}
});

test('a changed rate is read back, felt by a transfer under way, and counted by the kernel', async t => {
	await using deployment = await deploy(t);
	const arrivals = await startTransfer(deployment);
	await realClock.sleep(0.6);
	const {appliedNs, observedNs} = await deployment.changeRate({link: 'second', bitsPerSecond: 20e6});
	t.true(appliedNs <= observedNs);
	await realClock.sleep(0.2);
	const before = await deployment.sampleLinks();
	const beforeCount = arrivals.length;
	await realClock.sleep(1);
	const after = await deployment.sampleLinks();
	const received = arrivals.slice(beforeCount);

	const seconds = (received.at(-1)?.arrivedSeconds ?? 0) - (received[0]?.arrivedSeconds ?? 0);
	const goodput = (received.slice(1).reduce((sum, {bytes}) => sum + bytes, 0) * 8) / seconds;
	const [expected, toleranceRatio] = [20e6 * 0.9564, 0.15];
	t.log(`the receiver got ${goodput} bit/s, expected ${expected} ± ${toleranceRatio}`);
	t.true(Math.abs(goodput / expected - 1) < toleranceRatio);

	const counter = (samples: typeof before) => samples.find(({link, from}) => link === 'second' && from === 'worker');
	const [first, second] = [counter(before), counter(after)];
	const counted =
		(((second?.bytes ?? 0) - (first?.bytes ?? 0)) * 8) / (Number((second?.atNs ?? 0n) - (first?.atNs ?? 0n)) / 1e9);
	t.log(`the kernel counted ${counted} bit/s, expected 20000000 ± 0.1`);
	t.true(Math.abs(counted / 20e6 - 1) < 0.1);
	t.deepEqual(await deployment.congestionControl(), ['cubic']);
});

test('two deployments of the same scenario at once do not meet', async t => {
	await using one = await deploy(t);
	await using other = await deploy(t);
	const arrivals = await startTransfer(one);
	t.true((await waitFor(() => arrivals.some(({bytes}) => bytes > 0), 5)) < 5);
	const crossed = (await other.sampleLinks()).reduce((sum, {bytes}) => sum + bytes, 0);
	t.is(crossed, 0, 'nothing of one run is counted on the links of the other');
});

test('a program that ends is reported with its site, its exit code and its last words', async t => {
	await using deployment = await deploy(t);
	const lost = new Promise(resolve => {
		deployment.onLost(resolve);
	});
	deployment.send('worker', {kind: 'close-stream', stream: 'any'});
	t.deepEqual(await lost, {site: 'worker', reason: 'exit code 3: out of coffee'});
});

test('a program that is told to leave is no loss', async t => {
	await using deployment = await deploy(t);
	const losses: unknown[] = [];
	deployment.onLost(loss => losses.push(loss));
	const before = processesOf(labelOf(t)).length;
	deployment.send('worker', {kind: 'exit'});
	await waitFor(() => processesOf(labelOf(t)).length < before, 5);
	t.is(processesOf(labelOf(t)).length, before - 1);
	t.deepEqual(losses, []);
});

test('a program that cannot start makes the deployment fail with its reason, and nothing is left', async t => {
	const broken = createNamespacesTestbed({
		programs: {producer: program, consumer: program, compute: fixture('no-such-program.ts')},
	});
	const error = await t.throwsAsync(
		broken.deploy({scenario: chainScenario(), label: labelOf(t), signal: AbortSignal.timeout(60_000)}),
		{instanceOf: StreambedError},
	);
	t.is(error.code, 'NODE_LOST');
	t.regex(error.message, /worker did not start: exit code 1: .*no-such-program/s);
	t.deepEqual(processesOf(labelOf(t)), []);
});

test('an aborted deployment leaves nothing', async t => {
	const controller = new AbortController();
	const deployment = testbed.deploy({scenario: chainScenario(), label: labelOf(t), signal: controller.signal});
	controller.abort(new Error('enough'));
	await t.throwsAsync(deployment, {message: 'enough'});
	t.deepEqual(processesOf(labelOf(t)), []);
});

test('a delay is either held by netem or refused by name, never ignored', async t => {
	try {
		await using deployment = await deploy(t, chainScenario({delay: '20ms'}));
		const [first] = await deployment.calibrate({secondsPerLink: 0.3, signal: AbortSignal.timeout(60_000)});
		t.log(`measured ${first?.measuredDelayMs} ms, expected 20 ± 2`);
		t.true(Math.abs((first?.measuredDelayMs ?? 0) - 20) < 2);
	} catch (error) {
		t.true(
			error instanceof StreambedError &&
				error.code === 'KERNEL_LACKS' &&
				/first has a delay of 20 ms/.test(error.message),
			String(error),
		);
	}
});

async function killedHarnessLeavesNothing(t: ExecutionContext, become: readonly string[]): Promise<void> {
	const [file = '', ...parameters] = [...become, process.execPath, fixture('deploy-and-wait.ts'), labelOf(t)];
	const harness = spawn(file, parameters, {stdio: ['ignore', 'pipe', 'inherit']});
	const [said] = await once(harness.stdout, 'data');
	t.regex(String(said), /^deployed in /);
	t.true(processesOf(labelOf(t)).length >= 5);
	const ended = once(harness, 'exit');
	harness.kill('SIGKILL');
	await ended;
	const seconds = await waitFor(() => processesOf(labelOf(t)).length === 0, 2);
	t.log(`all gone after ${seconds} s, expected within 2 s`);
	t.deepEqual(processesOf(labelOf(t)), []);
}

test('a harness that is killed leaves no process', killedHarnessLeavesNothing, []);

const asUserTest = canBeOtherUser(program) ? test : anyTest.serial.skip;
asUserTest(
	'an ordinary user deploys as root does, and leaves no process when killed',
	killedHarnessLeavesNothing,
	asOtherUser,
);
