import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import {exitCodes, StreambedError} from '#core/errors.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {nextStops} from '#core/scenario/next-stops.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {legsOf, sitePlans} from '#testbeds/drive/stream-plans.ts';
import {AwaitedText} from '#testbeds/foreign/awaited-text.ts';
import {foreignPrograms} from '#testbeds/foreign/foreign-program.ts';
import {parseListening} from '#testbeds/foreign/listening-ports.ts';
import {untilReady} from '#testbeds/foreign/until-ready.ts';
import {createNamespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';
import {CliProcess, runCli} from '../support/cli-process.ts';

const relayed = fileURLToPath(new URL('../fixtures/relayed-run.yaml', import.meta.url));
const text = readFileSync(relayed, 'utf8');

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, all that runs a program: ${denied.reason}; ${denied.remedy}\n`);
}
const real = denied ? test.serial.skip : test.serial;

function relayedScenario(set: readonly string[] = []): Scenario {
	const [variant] = parseScenario(text, relayed, {set}).variants;
	if (!variant) {
		throw new Error('the fixture has one variant');
	}
	return variant.scenario;
}

const complaints = (scenarioText: string): string => {
	try {
		parseScenario(scenarioText, relayed);
		return '';
	} catch (error) {
		return error instanceof StreambedError ? error.message : String(error);
	}
};

const measured = (cli: CliProcess, name: string): number | null | undefined => {
	type Summary = {variants: Array<{repeats: Array<{measures: Array<{measure: string; value: number | null}>}>}>};
	const summary = JSON.parse(readFileSync(join(cli.runFolder, 'summary.json'), 'utf8')) as Summary;
	return summary.variants[0]?.repeats[0]?.measures.find(({measure}) => measure === name)?.value;
};

test('a program whose readiness command never returns is late all the same', async t => {
	const [program] = foreignPrograms(relayedScenario(), () => '198.18.0.1');
	if (!program) {
		throw new Error('the fixture has a foreign site');
	}
	const never = new Promise<never>(() => {});
	const error = await t.throwsAsync(
		untilReady({
			program: {...program, ready: {kind: 'command', command: ['sleep', '1000']}, readyLimitSeconds: 0.1},
			isReady: () => never,
			ended: never,
			lastLines: () => 'starting',
			clock: realClock,
			signal: new AbortController().signal,
		}),
		{instanceOf: StreambedError, code: 'TIMED_OUT'},
	);
	t.regex(error.message, /not ready after 0\.1 s: sleep 1000 does not end with 0; it said: starting$/);
});

test('a sender connects to the foreign site on its leg, and the leg goes on to where that sends', t => {
	const {sites} = relayedScenario().topology;
	const legs = legsOf(
		[
			{link: 'before', from: 'camera', to: 'relay'},
			{link: 'behind', from: 'relay', to: 'edge'},
			{link: 'last', from: 'edge', to: 'user'},
		],
		sites,
	);
	t.deepEqual(legs, [
		{from: 'camera', to: 'edge', links: ['before', 'behind'], entry: {link: 'before', to: 'relay'}},
		{from: 'edge', to: 'user', links: ['last']},
	]);
	const plans = sitePlans({
		acceptance: {stream: 's', streamIndex: 0, resolutionRatio: 1, placement: []},
		legs,
		rates: new Map(),
		sends: {firstPlannedSeconds: 0, everySeconds: 1, endSeconds: 2},
		endpoint: ({link, to}) => `${to} over ${link}`,
	});
	t.deepEqual(
		plans.map(({site, plan}) => [site, plan.next?.endpoint]),
		[
			['user', undefined],
			['edge', 'user over last'],
			['camera', 'relay over before'],
		],
	);
});

test('a foreign program is told where it stands and where to send on; what a shell would fill in stays', t => {
	const [program] = foreignPrograms(
		relayedScenario([`topology.sites.relay.environment={NEXT: "\${next.host}:\${next.port}", HOME: "\${HOME}"}`]),
		site => `address of ${site}`,
	);
	t.deepEqual(program?.command?.slice(1), [
		'TCP-LISTEN:7000,fork,reuseaddr,bind=address of relay',
		'TCP:address of edge:5600',
	]);
	t.deepEqual(program?.environment, {NEXT: 'address of edge:5600', HOME: `\${HOME}`});
	t.is(program?.probedFrom, 'camera');
});

test('a foreign site sends on across routers, and to nobody where a way leads round it', t => {
	const {topology} = relayedScenario();
	t.deepEqual(nextStops('relay', topology), ['edge']);
	const [behind] = topology.links.filter(({name}) => name === 'behind');
	const link = (name: string, between: [string, string]) =>
		({...behind, name, between}) as (typeof topology.links)[number];
	const routed = {
		sites: {...topology.sites, hop: {role: 'router' as const}},
		links: [
			...topology.links.filter(({name}) => name !== 'behind'),
			link('one', ['relay', 'hop']),
			link('two', ['hop', 'edge']),
		],
	};
	t.deepEqual(nextStops('relay', routed), ['edge']);
	t.deepEqual(nextStops('relay', {...topology, links: [...topology.links, link('round', ['camera', 'edge'])]}), []);
});

test('what is waited for is found in whichever pieces it comes, and whatever comes with it', t => {
	const hear = (...pieces: readonly string[]) => {
		const awaited = new AwaitedText('ready now');
		for (const piece of pieces) {
			awaited.hear(piece);
		}
		return awaited.isFound;
	};
	t.true(hear(`ready now\n${'x'.repeat(30_000)}`));
	t.true(hear('starting\nrea', 'dy', ' now\n', 'on'));
	t.false(hear('ready', 'x', ' now'));
});

test('ports are read off the kernel’s table of sockets: those that listen, and no others', t => {
	const table = [
		'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid',
		'   0: 0100007F:1B58 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0',
		'   1: 0100007F:1B59 0100007F:1B58 01 00000000:00000000 00:00000000 00000000     0',
	];
	t.deepEqual(parseListening(table.join('\n')), [7000]);
});

for (const [what, change, said] of [
	['neither an image nor a command', [/ {6}command: .*\n/, ''], /relayed-run\.yaml:\d+.*an image, a command or both/],
	[
		'a name that no image has',
		['      command:', '      image: NO NAME\n      command:'],
		/relayed-run\.yaml:\d+.*image.*an image’s name, such as/,
	],
	['a placeholder that nobody knows', ['next.port', 'next.prot'], /relayed-run\.yaml:10.*next\.prot.* is none of/],
	['a port where links are measured', ['port: 7000', 'port: 5599'], /links are measured at the ports 5598 and 5599/],
	[
		'brokers between its neighbours',
		['workload:', 'stack: {transport: kafka}\nworkload:'],
		/transport kafka makes others/,
	],
	[
		'a way round it',
		['workload:', '    - { name: round, between: [camera, edge], rate: 1Mbit/s }\nworkload:'],
		/a way of streams leads round relay/,
	],
] as const) {
	test(`a foreign site with ${what} is complained of`, t => {
		const [from, to] = change;
		const message = complaints(text.replace(from, to));
		t.log(message);
		t.regex(message, said);
	});
}

test('a testbed that cannot run a foreign site says which one can', async t => {
	const simulated = await runCli(['run', relayed, '--testbed', 'simulated']);
	t.is(simulated.exitCode, exitCodes.badInput, simulated.stderr);
	t.regex(simulated.stderr, /relay is a program that is not ours, and the testbed simulated runs none/);
	t.regex(simulated.stderr, /--testbed namespaces/);
	const image = await runCli(['run', relayed, '--set', 'topology.sites.relay.image=some:image']);
	t.is(image.exitCode, exitCodes.badInput, image.stderr);
	t.regex(image.stderr, /relay is the image some:image, and the testbed namespaces has no images/);
	t.regex(image.stderr, /--testbed docker/);
});

real('a stream goes through a TCP server of this machine, which is watched from outside', async t => {
	await using cli = new CliProcess(['run', relayed]);
	t.is((await cli.ended).exitCode, exitCodes.fine, cli.stderr);
	const records = cli.records();
	t.true(records.some(({kind}) => kind === 'chunk.delivered'));
	const samples = records.flatMap(record => (record.kind === 'foreign.sample' ? [record] : []));
	t.true(samples.length >= 2, `${samples.length} samples in 4 s`);
	for (const {memoryBytes, answered, connectMs = 0, firstByteMs = 0} of samples) {
		t.true(memoryBytes > 100_000, `socat holds ${memoryBytes} bytes`);
		t.true(answered);
		t.true(
			connectMs > 0 && firstByteMs > connectMs,
			`${connectMs} ms, ${firstByteMs} ms: the edge behind it speaks first`,
		);
	}
	t.is(measured(cli, 'foreign.relay.answeredRatio'), 1);
	const bytes = (link: string) => {
		const rates = records.flatMap(one => (one.kind === 'link.sample' && one.link === link ? [one.bitsPerSecond] : []));
		return rates.reduce((sum, rate) => sum + rate, 0);
	};
	t.true(bytes('before') > 1e6 && bytes('behind') > 1e6, 'both links of the relay carried the streams');
});

const deploy = (scenario: Scenario, t: ExecutionContext) =>
	createNamespacesTestbed().deploy({scenario, label: `test-foreign-${t.title}`, signal: AbortSignal.timeout(30_000)});

for (const [what, set, code, said] of [
	[
		'is not installed',
		'command=[no-such-relay]',
		'TOOL_MISSING',
		/the foreign program at relay, no-such-relay, is not/,
	],
	[
		'ends at once',
		'command=[sh, -c, "echo out of coffee; exit 7"]',
		'NODE_LOST',
		/relay ended before it was ready: exit code 7: out of coffee/,
	],
	['listens at no port', 'readyLimit=500ms', 'TIMED_OUT', /not ready after 0\.5 s: nothing listens at its port 7001/],
	[
		'does not say what is waited for',
		'ready={log: never}',
		'TIMED_OUT',
		/not ready after 0\.5 s: no line of it contains “never”/,
	],
] as const) {
	real(`a foreign program that ${what} is named with the next step`, async t => {
		const late =
			code === 'TIMED_OUT'
				? [
						'topology.sites.relay.readyLimit=500ms',
						'topology.sites.relay.command=[sleep, "30"]',
						'topology.sites.relay.port=7001',
					]
				: [];
		const scenario = relayedScenario([...late, `topology.sites.relay.${set}`]);
		const error = await t.throwsAsync(deploy(scenario, t), {instanceOf: StreambedError});
		t.is(error.code, code);
		t.regex(error.message, said);
		t.log(`${error.message} (${error.hint})`);
		t.regex(error.hint ?? '', /topology\.sites\.relay\./);
	});
}

for (const ready of ['{command: ["true"]}', '{log: "ready now"}'] as const) {
	real(`a foreign program is ready when ${ready} says so, and its loss is told with its site`, async t => {
		const command = 'topology.sites.relay.command=[sh, -c, "echo is it; sleep 0.1; echo ready now; sleep 1.5; exit 3"]';
		await using deployment = await deploy(relayedScenario([command, `topology.sites.relay.ready=${ready}`]), t);
		const {site, reason} = await new Promise<{site?: string; reason: string}>(resolve => deployment.onLost(resolve));
		t.is(site, 'relay');
		t.regex(reason, /exit code 3: is it \| ready now/);
	});
}
