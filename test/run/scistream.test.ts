import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {fileURLToPath} from 'node:url';
import anyTest from 'ava';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import type {RecordKind, RecordOf, StreambedRecord} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {CliProcess, runCli} from '../support/cli-process.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, what needs namespaces: ${denied.reason}; ${denied.remedy}\n`);
}
const test = anyTest.serial;
const realTest = denied ? anyTest.serial.skip : anyTest.serial;

const missing = ['iperf3', 'haproxy'].filter(name => findProgram(name) === undefined);
if (missing.length > 0) {
	process.stderr.write(`skipped, what needs the programs of others: ${missing.join(' and ')} not installed\n`);
}
const foreignTest = denied || missing.length > 0 ? anyTest.serial.skip : anyTest.serial;

const scenario = (name: string) => fileURLToPath(new URL(`../../scenarios/scistream/${name}.yaml`, import.meta.url));

const ofKind = <Kind extends RecordKind>(
	records: readonly StreambedRecord[],
	kind: Kind,
): ReadonlyArray<RecordOf<Kind>> => records.filter((record): record is RecordOf<Kind> => record.kind === kind);

/** What is judged of a machine that does other work meanwhile is another test's; here it must not end in another way. */
async function run(name: string, variants: readonly string[], set: readonly string[] = []) {
	await using cli = new CliProcess([
		'run',
		scenario(name),
		'--json',
		...['--repeat', '1'],
		...variants.flatMap(variant => ['--variant', variant]),
		...set.flatMap(one => ['--set', one]),
	]);
	await cli.ended;
	return {document: cli.document(), records: cli.records(), stderr: cli.stderr};
}

const short = ['timing.drive=2s', 'timing.calibrate=100ms', 'timing.drain=2s'];

realTest(
	'streams cross the data servers that the control servers started, and every byte of them is counted',
	async t => {
		const {document, records, stderr} = await run('proxies', ['direct-chunks', 'relay-chunks', 'mtls-chunks'], short);
		t.is(document.status, 'completed', stderr);
		const sessions = ofKind(records, 'session.opened');
		t.deepEqual(
			sessions.map(({variant}) => variant),
			['relay-chunks', 'mtls-chunks'],
			'the bare link has no session',
		);
		for (const variant of ['direct-chunks', 'relay-chunks', 'mtls-chunks']) {
			const of = records.filter(record => record.variant === variant);
			const delivered = ofKind(of, 'chunk.delivered');
			t.true(delivered.length > 10, `${variant}: ${delivered.length} chunks`);
			t.is(ofKind(of, 'chunk.produced').length, delivered.length + ofKind(of, 'chunk.lost').length);
			const [closed] = ofKind(of, 'session.closed');
			if (closed) {
				const bytes = delivered.reduce((sum, chunk) => sum + chunk.bytes, 0);
				const ratio = closed.backwardBytes / bytes;
				t.true(ratio >= 1 && ratio < 1.05, `${closed.backwardBytes} B went through for ${bytes} B of chunks`);
				const cpu = ofKind(of, 'site.sample').filter(({site}) => site.startsWith('gateway'));
				t.true(
					cpu.some(({cpuRatio}) => cpuRatio > 0),
					'the gateways took processor time',
				);
			}
		}
	},
);

foreignTest('programs that others wrote measure flows of their own through data servers that others wrote', async t => {
	const {records, document, stderr} = await run(
		'proxies',
		['direct-iperf3', 'haproxy-http'],
		['timing.drive=3s', ...short.slice(1)],
	);
	t.is(document.status, 'completed', stderr);
	const flows = ofKind(records, 'flow.ended');
	t.deepEqual(
		flows.map(({variant, application, errorCount}) => ({variant, application, errorCount})),
		[
			{variant: 'direct-iperf3', application: 'iperf3', errorCount: 0},
			{variant: 'haproxy-http', application: 'http', errorCount: 0},
		],
	);
	for (const {variant, bitsPerSecond} of flows) {
		const mostBitsPerSecond = 500e6;
		t.true(
			bitsPerSecond > 1e6 && bitsPerSecond < mostBitsPerSecond,
			`${variant}: ${bitsPerSecond} bit/s over a link of ${mostBitsPerSecond}`,
		);
	}
	t.true((flows[1]?.requestCount ?? 0) > 0 && (flows[1]?.latencyMsP50 ?? 0) > 0);
	t.deepEqual(document.outcomes[0]?.congestionControl, ['cubic'], 'seen while the flow ran');
});

realTest(
	'after data servers were killed chunks come again; none do after the control server ended, or without a certificate that holds',
	async t => {
		const {records, document, stderr} = await run(
			'faults',
			['proxy-killed', 'foreign-certificate', 'control-restarted'],
			['timing.drive=4s', 'timing.calibrate=100ms'],
		);
		t.is(document.status, 'completed', stderr);
		const restarted = records.filter(({variant}) => variant === 'control-restarted');
		t.is(ofKind(restarted, 'fault.injected')[0]?.fault, 'control-restarted');
		const before = ofKind(restarted, 'chunk.delivered').length;
		t.true(before >= 20 && before <= 50, `${before} chunks came; 30 were to leave before the restart, 20–50 accepted`);
		t.is(ofKind(records, 'chunk.corrupt').length, 0);
		const killed = records.filter(({variant}) => variant === 'proxy-killed');
		const [fault] = ofKind(killed, 'fault.injected');
		t.is(fault?.fault, 'data-servers-killed');
		const after = ofKind(killed, 'chunk.delivered').filter(
			({t: at, latencySeconds}) => at - latencySeconds > (fault?.t ?? 0),
		);
		t.true(after.length > 0, 'chunks planned after it came');
		t.true((ofKind(killed, 'session.closed')[0]?.restartCount ?? 0) >= 1, 'the control server started it again');
		const foreign = records.filter(({variant}) => variant === 'foreign-certificate');
		t.is(ofKind(foreign, 'chunk.delivered').length, 0);
		t.is(ofKind(foreign, 'chunk.produced').length, ofKind(foreign, 'chunk.lost').length, 'what left is accounted for');
	},
);

realTest(
	'through a firewall that bars all but the gateway’s ports, only what goes through the gateway arrives',
	async t => {
		const {records, document, stderr} = await run(
			'firewalls',
			['one-way-proxied', 'port-range-direct', 'port-range-proxied', 'https-only-direct'],
			['timing.drive=2s', 'timing.calibrate=100ms'],
		);
		t.is(document.status, 'completed', stderr);
		const deliveredCount = (variant: string) =>
			ofKind(records, 'chunk.delivered').filter(record => record.variant === variant).length;
		t.true(deliveredCount('one-way-proxied') > 5, `${deliveredCount('one-way-proxied')} chunks`);
		t.true(deliveredCount('port-range-proxied') > 5, `${deliveredCount('port-range-proxied')} chunks`);
		t.is(deliveredCount('port-range-direct'), 0);
		t.is(deliveredCount('https-only-direct'), 0);
	},
);

realTest('fifty owners have fifty sessions: no port, owner or byte is another’s', async t => {
	const {records, document, stderr} = await run('tenants', ['relay'], ['timing.drive=6s', 'timing.calibrate=100ms']);
	t.is(document.status, 'completed', stderr);
	const opened = ofKind(records, 'session.opened');
	t.is(opened.length, 50);
	for (const field of ['stream', 'owner', 'inboundListener', 'outboundListener'] as const) {
		t.is(new Set(opened.map(session => session[field])).size, 50, `each has its own ${field}`);
	}
	for (const {stream, owner, backwardBytes} of ofKind(records, 'session.closed')) {
		t.true(owner === opened.find(session => session.stream === stream)?.owner, `${stream} is ${owner}’s`);
		const bytes = ofKind(records, 'chunk.delivered')
			.filter(chunk => chunk.stream === stream)
			.reduce((sum, chunk) => sum + chunk.bytes, 0);
		const ratio = backwardBytes / bytes;
		t.true(ratio >= 1 && ratio < 1.1, `${stream}: ${backwardBytes} B went through for ${bytes} B of its chunks`);
	}
	t.is(ofKind(records, 'chunk.corrupt').length, 0);
});

const wrong: ReadonlyArray<readonly [title: string, set: readonly string[], said: RegExp]> = [
	['a warm-up', ['timing.warmUp=5s'], /timing\.warmUp.*no warm-up/],
	['one gateway', ['topology.sites.gateway-b={role: router}'], /stack\.tunnel.*two sites of role gateway; there are 1/],
	['brokers', ['stack.transport=kafka'], /a tunnel carries TCP from site to site/],
	[
		'an application that no stage works on',
		['workload.application=iperf3', 'workload.stages=[{name: s, service: 1s}]'],
		/no stage works on what iperf3 carries/,
	],
	[
		'a firewall that bars its data ports',
		['topology.sites.gateway-a.firewall={inbound: {ports: [5000, 5001]}}'],
		/gateway-a\.firewall.*bars port 5100 inbound/,
	],
	[
		'443 alone, where the control server listens elsewhere',
		['topology.sites.gateway-a.firewall={inbound: https}', 'stack.tunnel.dataPorts=[443, 443]'],
		/bars port 5000, where the user client asks/,
	],
	[
		'443 alone for both, which no two listeners can share',
		[
			...['topology.sites.gateway-a.firewall={inbound: https}', 'stack.tunnel.controlPort=443'],
			'stack.tunnel.dataPorts=[443, 443]',
		],
		/stack\.tunnel\.dataPorts.*443–443 holds port 443, where each gateway’s control server listens already/,
	],
	[
		'a fault of a gateway at a site that is none',
		['timeline=[{at: 1s, site: user, fault: data-servers-killed}]'],
		/only gateways have data servers/,
	],
	[
		'an image of a data server that is ours',
		['stack.tunnel.image=haproxy:3'],
		/stack\.tunnel\.image.*an image brings haproxy, nginx, stunnel; relay is ours/,
	],
	['a stall without its length', ['timeline=[{at: 1s, site: user, fault: stalled}]'], /stalled has `for` as well/],
];

for (const [title, set, said] of wrong) {
	test(`a tunnel with ${title} is refused with its path`, t => {
		const error = t.throws(() => loadScenario(scenario('proxies'), {set, only: ['relay-chunks']}), {
			instanceOf: StreambedError,
		});
		t.is(error.code, 'SCENARIO_INVALID');
		t.regex(error.message.replaceAll('\n', ' '), said);
	});
}

test('an image of data servers is refused where there are no images, with the testbed that runs it', async t => {
	const gateways = fileURLToPath(new URL('../fixtures/gateways-run.yaml', import.meta.url));
	for (const testbed of ['namespaces', 'swarm']) {
		const {exitCode, stderr, outWasMade} = await runCli([
			...['run', gateways, '--set', 'stack.tunnel.image=haproxy:3', '--testbed', testbed],
		]);
		t.is(exitCode, 2, stderr);
		const words = new RegExp(
			`stack\\.tunnel\\.image is haproxy:3, and the testbed ${testbed} runs no brokers and no data servers of an image.*\\n.*--testbed docker`,
		);
		t.regex(stderr, words);
		t.false(outWasMade, 'no run folder is left');
	}
});

test('a gateway without a tunnel, and an application without one, are complaints of their own lines', t => {
	const folder = mkdtempSync(`${tmpdir()}/streambed-test-`);
	t.teardown(() => rmSync(folder, {recursive: true}));
	const file = `${folder}/bare.yaml`;
	writeFileSync(
		file,
		`streambed: 1
title: A gateway that carries nothing
topology:
  sites:
    a: {role: producer}
    g: {role: gateway}
    b: {role: consumer}
  links:
    - {name: one, between: [a, g], rate: 10Mbit/s}
    - {name: two, between: [g, b], rate: 10Mbit/s}
workload: {stages: [], application: http, requests: [{}]}
`,
	);
	const error = t.throws(() => loadScenario(file), {instanceOf: StreambedError});
	t.regex(error.message, /:6 .*g would carry nothing/s);
	t.regex(error.message, /:11 .*http runs over stack\.tunnel/s);
});
