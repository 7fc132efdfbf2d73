import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import anyTest, {type ExecutionContext} from 'ava';
import type {RecordKind, RecordOf, StreambedRecord} from '#core/records/schema.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {findNats} from '#proxies/brokers/nats-software.ts';
import {findRabbitmq} from '#proxies/brokers/rabbitmq-software.ts';
import {CliProcess, runCli} from '../support/cli-process.ts';
import {skipReason} from '../support/skip-reason.ts';

const denied = await deniedNamespaces();
const reasonOf = (find: () => unknown) => (denied ? `${denied.reason}; ${denied.remedy}` : skipReason(find));

function testOf(broker: string, find: () => unknown) {
	const reason = reasonOf(find);
	if (reason !== undefined) {
		process.stderr.write(`skipped, what needs ${broker}: ${reason}\n`);
	}
	return reason === undefined ? anyTest.serial : anyTest.serial.skip;
}

const natsTest = testOf('NATS', findNats);
const rabbitmqTest = testOf('RabbitMQ', findRabbitmq);

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const oneBroker = fixture('one-broker-run.yaml');
const threeBrokers = fixture('kafka-run.yaml');

const ofKind = <Kind extends RecordKind>(
	records: readonly StreambedRecord[],
	kind: Kind,
): ReadonlyArray<RecordOf<Kind>> => records.filter((record): record is RecordOf<Kind> => record.kind === kind);

const isDriving = (cli: CliProcess): boolean => cli.records().some(({kind}) => kind === 'chunk.delivered');

const running = (cli: CliProcess, program: string) => cli.processes().filter(({command}) => command.includes(program));

/** Every chunk arrives once and whole: the consumer compares the hash of each with what its header promises. */
function allArrived(t: ExecutionContext, cli: CliProcess, {leastCount}: {readonly leastCount: number}): void {
	const records = cli.records();
	const produced = ofKind(records, 'chunk.produced').length;
	t.true(produced >= leastCount, `${produced} chunks`);
	t.is(ofKind(records, 'chunk.delivered').length, produced);
	t.deepEqual(ofKind(records, 'chunk.corrupt'), []);
}

/** The queues that the records tell were made at the sites that they tell: `writer>broker>reader`. */
const wayOf = ({subscriptions = []}: RecordOf<'request.accepted'>): string[] =>
	subscriptions.map(({writer, broker, reader}) => `${writer}>${broker}>${reader}`);

natsTest('NATS carries every chunk whole through a broker at every compute site, and nothing is left', async t => {
	await using cli = new CliProcess([
		...['run', threeBrokers, '--set', 'stack.transport=nats', '--set', 'stack.broker.kind=nats'],
		...['--set', 'timing.drive=20s', '--set', 'timing.warmUp=10s'],
	]);
	await cli.until('chunks arrive', () => isDriving(cli));
	t.is(running(cli, 'nats-server').length, 3);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	allArrived(t, cli, {leastCount: 6});
	for (const accepted of ofKind(cli.records(), 'request.accepted')) {
		t.deepEqual(wayOf(accepted), [
			'observatory>edge>edge',
			'edge>transit>transit',
			'transit>core>core',
			'core>core>user',
		]);
	}
	for (const site of ['edge', 'transit', 'core']) {
		const log = readFileSync(join(cli.runFolder, 'logs/default-0', site, 'broker.log'), 'utf8');
		t.regex(log, /Server is ready/);
		t.true(existsSync(join(cli.runFolder, 'logs/default-0', site, 'nats-server.conf')));
	}
	t.deepEqual(cli.processes(), []);
});

natsTest('a broker that is killed ends the run in order: invalid, with its site and its last lines', async t => {
	await using cli = new CliProcess(['run', oneBroker]);
	await cli.until('chunks arrive', () => isDriving(cli));
	process.kill(running(cli, 'nats-server')[0]?.pid ?? 0, 'SIGKILL');
	t.is((await cli.ended).exitCode, 4, cli.stderr);
	const {failure, verdict} = cli.document();
	t.like({verdict, code: failure?.code}, {verdict: 'invalid', code: 'NODE_LOST'});
	t.regex(cli.stderr, /the broker at edge ended \(signal SIGKILL\); its last lines: .*Server is ready/);
	t.like(cli.records().at(-1), {kind: 'run.ended', outcome: 'failed'});
	t.deepEqual(cli.processes(), []);
});

natsTest('without its broker a run ends before it begins, with the package that brings it', async t => {
	const without = await runCli(['run', oneBroker], {prefix: hiding('nats-server')});
	t.is(without.exitCode, 3, without.stderr);
	t.regex(without.stderr, /nats-server is not installed\n.*apt-get install --yes nats-server/);
	t.notRegex(without.stderr, /provision/);
	t.false(without.outWasMade, 'no run folder is left');
	const elsewhere = await runCli(['run', oneBroker, '--set', 'stack.transport=rabbitmq'], {
		env: {RABBITMQ_HOME: '/nowhere'},
	});
	t.is(elsewhere.exitCode, 3, elsewhere.stderr);
	t.regex(elsewhere.stderr, /no RabbitMQ stands in \/nowhere\n.*apt-get install --yes rabbitmq-server/);
});

natsTest('an image of a broker is refused where there are no images, with the testbed that runs it', async t => {
	const broker = 'stack.broker={"kind": "nats", "image": "nats:2"}';
	const {exitCode, stderr, outWasMade} = await runCli(['run', oneBroker, '--set', broker]);
	t.is(exitCode, 2, stderr);
	t.regex(
		stderr,
		/stack\.broker\.image is nats:2, and the testbed namespaces runs no brokers and no data servers of an image.*\n.*--testbed docker/,
	);
	t.false(outWasMade, 'no run folder is left');
});

natsTest('without mount a run with brokers ends before it begins, and the doctor names the package', async t => {
	const prefix = hiding('mount');
	const {exitCode, stderr, outWasMade} = await runCli(['run', oneBroker], {prefix});
	t.is(exitCode, 3, stderr);
	t.regex(stderr, /held by mount, which is not installed\napt-get install --yes mount$/m);
	t.false(outWasMade, 'no run folder is left');
	const {capabilities} = JSON.parse((await runCli(['doctor', '--json'], {prefix})).stdout);
	const mount = capabilities.find(({name}: {name: string}) => name === 'mount (brokers)');
	t.like(mount, {ok: false, required: false, remedy: 'apt-get install --yes mount'});
});

rabbitmqTest('RabbitMQ carries every chunk whole, without root and with nothing left', async t => {
	await using cli = new CliProcess(['run', oneBroker, '--set', 'stack.transport=rabbitmq']);
	await cli.until('chunks arrive', () => isDriving(cli));
	t.is(running(cli, 'beam.smp').length, 1);
	t.is(cli.processes().filter(({command}) => command.trimEnd().endsWith('/epmd')).length, 1);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	allArrived(t, cli, {leastCount: 6});
	for (const accepted of ofKind(cli.records(), 'request.accepted')) {
		t.deepEqual(wayOf(accepted), ['observatory>edge>edge', 'edge>edge>user']);
	}
	const log = readFileSync(join(cli.runFolder, 'logs/default-0/edge/broker.log'), 'utf8');
	t.regex(log, /Server startup complete/);
	t.deepEqual(cli.processes(), []);
});

/** The administrator's folders are searched as well: the program is covered by a file that nobody can run. */
const hiding = (name: string): readonly string[] => [
	...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
	...[`mount --bind /dev/null "$(command -v ${name})" && exec "$@"`, 'sh'],
];
