import {join} from 'node:path';
import anyTest from 'ava';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {StreambedRecord} from '#core/records/schema.ts';
import {type Scenario, scenarioSchema} from '#core/scenario/schema.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {findNats} from '#proxies/brokers/nats-software.ts';
import {emulated} from '#testbeds/drive/emulated.ts';
import {createNamespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';
import {temporaryFolders} from '../reports/fixtures/temporary-folders.ts';
import {CliProcess, shortRun} from '../support/cli-process.ts';
import {ofKind} from '../support/of-kind.ts';
import {skipReason} from '../support/skip-reason.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all of it: ${denied.reason}; ${denied.remedy}\n`);
}
const test = denied ? anyTest.serial.skip : anyTest.serial;

const noNats = denied ? undefined : skipReason(findNats);
if (noNats !== undefined) {
	process.stderr.write(`skipped, what needs NATS: ${noNats}\n`);
}
const natsTest = noNats === undefined ? test : anyTest.serial.skip;

const newFolder = temporaryFolders();
const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
const oneBroker = fixture('one-broker-run.yaml');
const twoWays = fixture('two-ways.yaml');

/** Every produced chunk ends once, in one way. */
function isBalanced(records: readonly StreambedRecord[]): boolean {
	const ends = (['chunk.delivered', 'chunk.corrupt', 'chunk.lost'] as const).flatMap(kind => ofKind(records, kind));
	const keyOf = ({stream, sequence}: {readonly stream: string; readonly sequence: number}) => `${stream}/${sequence}`;
	return JSON.stringify(ofKind(records, 'chunk.produced').map(keyOf).sort()) === JSON.stringify(ends.map(keyOf).sort());
}

test('a site that the timeline kills is bypassed: its streams go on over the other one, from the chunk that had not left', async t => {
	await using cli = new CliProcess(['run', twoWays, '--testbed', 'namespaces']);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	t.like(ofKind(records, 'node.left')[0], {site: 'north', reason: 'signal SIGKILL'});
	t.deepEqual(
		ofKind(records, 'stream.replaced').map(({stream, placement}) => [stream, placement[0]?.site]),
		['stream-1', 'stream-2', 'stream-3'].map(stream => [stream, 'south']),
	);
	t.true(isBalanced(records), 'no chunk is missing without a word');
	t.true(ofKind(records, 'chunk.lost').every(({reason}) => reason === 're-placed'));
	for (const stream of ['stream-1', 'stream-2', 'stream-3']) {
		const sequences = ofKind(records, 'chunk.produced')
			.filter(record => record.stream === stream)
			.map(({sequence}) => sequence);
		t.deepEqual(
			sequences,
			sequences.map((_, index) => index),
			`${stream} leaves no chunk out and sends none twice`,
		);
		const last = ofKind(records, 'chunk.delivered').findLast(record => record.stream === stream);
		t.true((last?.t ?? 0) > 50, `${stream} delivers to the end: ${last?.t} s`);
	}
	t.deepEqual(cli.processes(), []);
});

test('a program that is killed from outside ends the run or moves its streams, as the scenario says', async t => {
	await using cli = new CliProcess([
		'run',
		twoWays,
		'--testbed',
		'namespaces',
		'--set',
		'timeline=[]',
		'--set',
		'federation.onLoss=re-place',
	]);
	await cli.until('chunks arrive', () => ofKind(cli.records(), 'chunk.delivered').length > 3);
	// Programs start in the order of the sites, so that the first of a compute site is the northern one.
	const [pid] = cli
		.processes()
		.filter(({command}) => command.trimEnd().endsWith('site-node.js'))
		.map(process => process.pid)
		.toSorted((a, b) => a - b);
	process.kill(pid ?? 0, 'SIGKILL');
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	t.like(ofKind(records, 'node.left')[0], {site: 'north', reason: 'signal SIGKILL'});
	t.is(ofKind(records, 'stream.replaced').length, 3);
	t.is(ofKind(records, 'fault.injected').length, 0);
	t.true(isBalanced(records));
});

test('on a chain the streams stop with the reason, and the run ends in order', async t => {
	await using cli = new CliProcess(['run', shortRun, '--set', 'timeline=[{at: 12s, site: edge, fault: lost}]']);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	const stopped = ofKind(records, 'stream.stopped');
	t.is(stopped.length, 4);
	t.true(stopped.every(({reason}) => reason.startsWith('site edge was lost; every way')));
	t.like(records.at(-1), {kind: 'run.ended', outcome: 'completed'});
	t.true(isBalanced(records));
	t.deepEqual(cli.processes(), []);
});

/** A run over NATS that goes on without a broker; that of one site is killed once chunks arrive. */
async function runWithout(broker: string, file: string, settings: readonly string[] = []): Promise<CliProcess> {
	const all = ['stack.transport=nats', 'federation.onLoss=re-place', 'timeline=[]', 'timing.warmUp=10s', ...settings];
	const cli = new CliProcess(['run', file, '--testbed', 'namespaces', ...all.flatMap(setting => ['--set', setting])]);
	await cli.until('chunks arrive', () => ofKind(cli.records(), 'chunk.delivered').length > 1);
	const server = cli.processes().find(({command}) => command.includes(`/${broker}/nats-server.conf`));
	process.kill(server?.pid ?? 0, 'SIGKILL');
	return cli;
}

natsTest(
	'a broker that is killed takes its site with it: the streams go on over the other one, and all is told',
	async t => {
		await using cli = await runWithout('north', twoWays, ['timing.drive=30s']);
		t.is((await cli.ended).exitCode, 0, cli.stderr);
		const records = cli.records();
		const [left, ...others] = ofKind(records, 'node.left');
		t.is(left?.site, 'north');
		t.regex(left?.reason ?? '', /^the broker at north ended \(signal SIGKILL\); its last lines: .*Server is ready/s);
		t.deepEqual(others, [], 'a site is lost once');
		t.deepEqual(
			ofKind(records, 'stream.replaced').map(({stream, placement}) => [stream, placement[0]?.site]),
			['stream-1', 'stream-2', 'stream-3'].map(stream => [stream, 'south']),
		);
		t.true(isBalanced(records), 'no chunk is missing without a word');
		t.true(ofKind(records, 'chunk.lost').every(({reason}) => reason === 're-placed'));
		for (const stream of ['stream-1', 'stream-2', 'stream-3']) {
			const last = ofKind(records, 'chunk.delivered').findLast(record => record.stream === stream);
			t.true((last?.t ?? 0) > (left?.t ?? 0) + 5, `${stream} delivers to the end: ${last?.t} s`);
		}
		const samples = ofKind(records, 'site.sample').filter(({site, t: at}) => site === 'north' && at > (left?.t ?? 0));
		t.deepEqual(samples, [], 'the program of the site has gone, too');
		t.deepEqual(cli.processes(), []);
	},
);

natsTest('on a chain the death of a broker stops the streams with the reason, and the run ends in order', async t => {
	await using cli = await runWithout('edge', oneBroker, ['timing.drain=10s']);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	const stopped = ofKind(records, 'stream.stopped');
	t.is(stopped.length, 2);
	t.true(stopped.every(({reason}) => reason.startsWith('site edge was lost; every way')));
	t.like(records.at(-1), {kind: 'run.ended', outcome: 'completed'});
	t.true(isBalanced(records));
	t.deepEqual(cli.processes(), []);
});

const impostor = fixture('impostor.ts');
const impostors = createNamespacesTestbed({programs: {producer: impostor, compute: impostor, consumer: impostor}});

for (const {site, complaint} of [
	{site: 'edge', complaint: /^the program at edge registered as edge a second time$/},
	{site: 'core', complaint: /^the program at core registered as user, the name of another node$/},
]) {
	test(`a node that registers wrongly is refused before anything is measured: ${site}`, async t => {
		const records: unknown[] = [];
		const error = await t.throwsAsync(
			emulated(impostors).prepare({
				scenario: threeSites(site),
				seed: 1,
				label: `${process.pid}/${site}`,
				logFolder: newFolder(),
				onPhase: () => {},
				emit: record => records.push(record),
				clock: realClock,
				signal: AbortSignal.timeout(60_000),
			}),
			{message: complaint},
		);
		t.is(error instanceof StreambedError && error.code, 'JOIN_REFUSED');
		t.like(records.at(-1), {kind: 'run.ended', outcome: 'failed'});
	});
}

function threeSites(site: string): Scenario {
	return scenarioSchema.parse({
		streambed: 1,
		title: 'three sites in a row',
		topology: {
			sites: {
				camera: {role: 'producer'},
				[site]: {role: 'compute', tier: 'edge', workers: 1},
				user: {role: 'consumer'},
			},
			links: [
				{name: 'first', between: ['camera', site], rate: '10Mbit/s'},
				{name: 'second', between: [site, 'user'], rate: '10Mbit/s'},
			],
		},
		workload: {requests: [{}]},
	});
}
