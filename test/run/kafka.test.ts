import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import anyTest from 'ava';
import type {RecordKind, RecordOf, StreambedRecord} from '#core/records/schema.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {findKafka} from '#proxies/brokers/kafka-software.ts';
import {CliProcess, runCli} from '../support/cli-process.ts';
import {skipReason} from '../support/skip-reason.ts';

const denied = await deniedNamespaces();
const reason = denied ? `${denied.reason}; ${denied.remedy}` : skipReason(findKafka);
if (reason !== undefined) {
	process.stderr.write(`skipped, all of it: ${reason}\n`);
}
const test = reason === undefined ? anyTest.serial : anyTest.serial.skip;

const kafkaRun = fileURLToPath(new URL('../fixtures/kafka-run.yaml', import.meta.url));
/** One broker is there in half the time of three. */
const oneBrokerRun = [
	fileURLToPath(new URL('../fixtures/one-broker-run.yaml', import.meta.url)),
	...['--set', 'stack.transport=kafka', '--set', 'stack.broker.kind=kafka'],
];
const sites = ['edge', 'transit', 'core'];

const ofKind = <Kind extends RecordKind>(
	records: readonly StreambedRecord[],
	kind: Kind,
): ReadonlyArray<RecordOf<Kind>> => records.filter((record): record is RecordOf<Kind> => record.kind === kind);

const isDriving = (cli: CliProcess): boolean => cli.records().some(({kind}) => kind === 'chunk.delivered');

const brokers = (cli: CliProcess) => cli.processes().filter(({command}) => command.includes('kafka.Kafka'));

test('chunks go through a broker at every compute site, by the topics that the records tell, and nothing is left', async t => {
	await using cli = new CliProcess(['run', kafkaRun]);
	await cli.until('chunks arrive', () => isDriving(cli));
	t.is(brokers(cli).length, 3);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	t.deepEqual(cli.document().outcomes[0]?.congestionControl, ['cubic']);

	const records = cli.records();
	const accepted = ofKind(records, 'request.accepted');
	t.is(accepted.length, 2);
	for (const {stream, subscriptions = [], placement} of accepted) {
		t.deepEqual(
			subscriptions.map(({writer, broker, reader}) => `${writer} writes at ${broker}, ${reader} reads`),
			[
				'observatory writes at edge, edge reads',
				'edge writes at transit, transit reads',
				'transit writes at core, core reads',
				'core writes at core, user reads',
			],
			JSON.stringify(placement),
		);
		for (const {topic, broker} of subscriptions) {
			t.true(topic.startsWith(`${stream}.`));
			const log = readFileSync(join(cli.runFolder, 'logs/default-0', broker, 'broker.log'), 'utf8');
			t.true(log.includes(topic), `${topic} is not in the log of the broker at ${broker}`);
		}
	}
	const produced = ofKind(records, 'chunk.produced').length;
	t.true(produced >= 20, `${produced} chunks`);
	t.is(ofKind(records, 'chunk.delivered').length, produced);
	for (const {bytes, resolutionRatio} of ofKind(records, 'chunk.delivered')) {
		const expectedBytes = 500_000 * resolutionRatio ** 2;
		t.true(Math.abs(bytes / expectedBytes - 1) < 0.02, `${bytes} bytes, expected ${expectedBytes} ± 2 %`);
	}
	for (const site of sites) {
		t.true(existsSync(join(cli.runFolder, 'logs/default-0', site, 'server.properties')));
	}
	t.deepEqual(cli.processes(), []);
});

test('a broker that is killed ends the run in order: invalid, with its site and its last lines', async t => {
	await using cli = new CliProcess(['run', ...oneBrokerRun, '--set', 'timing.drive=200s']);
	await cli.until('chunks arrive', () => isDriving(cli));
	process.kill(brokers(cli)[0]?.pid ?? 0, 'SIGKILL');
	t.is((await cli.ended).exitCode, 4, cli.stderr);
	const {failure, verdict} = cli.document();
	t.like({verdict, code: failure?.code}, {verdict: 'invalid', code: 'NODE_LOST'});
	t.regex(cli.stderr, /(?:the broker at edge ended \(signal SIGKILL\)|from the broker|to the broker|at the broker)/);
	t.like(cli.records().at(-1), {kind: 'run.ended', outcome: 'failed'});
	t.deepEqual(cli.processes(), []);
});

test('a broker that never gets ready ends the run at the limit, and its last lines are told', async t => {
	await using cli = new CliProcess(['run', ...oneBrokerRun, '--set', 'stack.broker.readyWithin=100ms']);
	t.is((await cli.ended).exitCode, 4, cli.stderr);
	t.regex(cli.stderr, /the broker at \w+ was not ready within 0\.1 s; its last lines: /);
	t.regex(cli.stderr, /stack\.broker\.readyWithin gives it more time/);
	const lingeredMs = Date.now() - Date.parse(cli.document().endedAt ?? '');
	t.true(lingeredMs < 20_000, `the command went ${lingeredMs} ms after its run, expected less than 20,000`);
	t.deepEqual(cli.processes(), []);
});

test('a broker whose logs are full ends the run, and says that there is no space', async t => {
	await using cli = new CliProcess([
		'run',
		kafkaRun,
		...['--set', 'stack.broker.logs=16MB', '--set', 'timing.drive=600s'],
	]);
	t.is((await cli.ended).exitCode, 4, cli.stderr);
	t.regex(cli.stderr, /its logs are full: stack\.broker\.logs gives them more room|No space left on device|SIGBUS/);
	t.is(cli.document().status, 'failed');
	t.deepEqual(cli.processes(), []);
});

test('without Java or without the jars a run ends before it begins, with the command that brings them', async t => {
	const noJava = await runCli(['run', kafkaRun], {prefix: hidingJava});
	t.is(noJava.exitCode, 3, noJava.stderr);
	t.regex(
		noJava.stderr,
		/there is no java on the path or in JAVA_HOME\n.*apt-get install --yes openjdk-17-jre-headless/,
	);
	const noJars = await runCli(['run', kafkaRun], {env: {STREAMBED_KAFKA_HOME: '/nowhere'}});
	t.is(noJars.exitCode, 3, noJars.stderr);
	t.regex(noJars.stderr, /no jars of Kafka stand in \/nowhere\/libs\n.*sh scripts\/install-kafka\.sh/);
	for (const {stderr, outWasMade} of [noJava, noJars]) {
		t.notRegex(stderr, /provision/);
		t.false(outWasMade, 'no run folder is left');
	}
});

test('a reproduction that is to be driven over Kafka asks for it before its first draw', async t => {
	const real = ['--testbed', 'namespaces', '--transport', 'zeromq,kafka', '--time-scale', '0.01'];
	const {exitCode, stderr, outWasMade} = await runCli(['reproduce', 'zamani2018', '--figure', '10', ...real], {
		env: {STREAMBED_KAFKA_HOME: '/nowhere'},
	});
	t.is(exitCode, 3, stderr);
	t.regex(stderr, /no jars of Kafka stand in \/nowhere\/libs/);
	t.notRegex(stderr, /simulated|provision/);
	t.false(outWasMade, 'no folder is left');
});

/** The administrator's folders are searched as well: there, java is covered by a file that nobody can run. */
const hidingJava = [
	...['/usr/bin/env', `PATH=${process.env.PATH}`, 'unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
	...['mount --bind /dev/null "$(readlink -f "$(command -v java)")" && exec env PATH=/nowhere JAVA_HOME= "$@"', 'sh'],
];
