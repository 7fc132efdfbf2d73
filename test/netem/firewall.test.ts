import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {realClock} from '#core/clock.ts';
import type {Firewall} from '#core/scenario/firewall-schema.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {batchText} from '#netem/command.ts';
import {describePlan} from '#netem/describe-plan.ts';
import {firewallCommands} from '#netem/firewall.ts';
import {toolPath} from '#netem/tools.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {createNamespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';
import {type BareLink, makeBareLink} from '../bench/bare-link.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';

const run = promisify(execFile);
const open: Firewall = {inbound: 'any', outbound: 'any', refusal: 'drop'};

const denied = await deniedNamespaces();
const inNamespaces = denied ? test.skip : test.serial;
if (denied) {
	console.log(`skipped what needs namespaces: ${denied.reason}`);
}

test('a firewall that bars nothing is no firewall', t => {
	t.deepEqual(firewallCommands(open), []);
});

test('a firewall is a chain for each direction that it bars, last of all what it does with the rest', t => {
	const text = batchText(firewallCommands({...open, inbound: {ports: [5100, 5110]}, refusal: 'reject'}));
	t.is(
		text,
		`add table inet streambed
add chain inet streambed input { type filter hook input priority 0 ; }
add rule inet streambed input iif lo accept
add rule inet streambed input ip saddr 198.19.0.0/16 ip daddr 198.19.0.0/16 accept
add rule inet streambed input ct state established,related accept
add rule inet streambed input meta l4proto icmp accept
add rule inet streambed input tcp dport 5100-5110 accept
add rule inet streambed input udp dport 5100-5110 accept
add rule inet streambed input meta l4proto tcp reject with tcp reset
add rule inet streambed input reject
`,
	);
});

const walled = (walls: Partial<Record<'camera' | 'worker' | 'user', string>>, extra = '') => `
streambed: 1
title: Sites behind walls
topology:
  sites:
    camera: {role: producer${walls.camera ?? ''}}
    worker: {role: compute, tier: edge, workers: 1${walls.worker ?? ''}}
    user: {role: consumer${walls.user ?? ''}}
  links:
    - {name: first, between: [camera, worker], rate: 100Mbit/s}
    - {name: second, between: [worker, user], rate: 100Mbit/s}
${extra}
workload: {requests: [{}]}
`;

for (const {title, text, complaint} of [
	{
		title: 'a consumer that lets no connection in cannot be streamed to',
		text: walled({user: ', firewall: {inbound: none}'}),
		complaint: /:8 .*topology\.sites\.user\.firewall: worker cannot connect to user on port 5600/,
	},
	{
		title: 'a site that may connect to port 443 alone cannot stream to port 5600',
		text: walled({camera: ', firewall: {outbound: https}'}),
		complaint: /:6 .*topology\.sites\.camera\.firewall: camera cannot connect to worker/,
	},
	{
		title: 'a range of ports that goes down is refused',
		text: walled({user: ', firewall: {inbound: {ports: [5110, 5100]}}'}),
		complaint: /:8 .*from the lower one to the higher one/,
	},
	{
		title: 'a firewall with a key that there is none of is refused',
		text: walled({user: ', firewall: {incoming: none}'}),
		complaint: /:8 .*topology\.sites\.user\.firewall\.incoming: no such key/,
	},
]) {
	test(title, t => {
		t.throws(() => parseScenario(text, 'walls.yaml'), {message: complaint});
	});
}

test('a scenario whose streams find an open way passes, and its plan shows every rule', t => {
	const text = walled({camera: ', firewall: {inbound: none}', user: ', firewall: {inbound: {ports: [5600, 5600]}}'});
	const [resolved] = parseScenario(text, 'walls.yaml').variants;
	assert(resolved);
	const lines = describePlan(planTopology(resolved.scenario));
	t.true(lines.includes('nft add rule inet streambed input tcp dport 5600-5600 accept'));
	t.is(lines.filter(line => line.startsWith('nft add table')).length, 2);
});

test('a way around a wall is found', t => {
	const around = walled({worker: ', firewall: {inbound: none}'}).replace(
		'  links:',
		'  links:\n    - {name: around, between: [camera, user], rate: 100Mbit/s}',
	);
	t.notThrows(() => parseScenario(around, 'walls.yaml'));
});

/** Who connects to port 5100, 5200 or 443 of the other end of a link: `here`, or why not. */
async function connectTo({prefix}: BareLink, {from, host, port}: {from: 'a' | 'b'; host: string; port: number}) {
	const [program = '', ...parameters] = [
		...prefix(from),
		'socat',
		'-u',
		`TCP:${host}:${port},connect-timeout=0.5`,
		'-',
	];
	return await run(program, parameters).then(
		({stdout}) => stdout.trim(),
		({stderr}: {stderr: string}) => /refused|timed out/.exec(stderr)?.[0] ?? stderr,
	);
}

inNamespaces('the allowed side connects, the barred one waits in vain or is refused', async t => {
	await using link = await makeBareLink();
	const hosts = {a: '198.18.0.1', b: '198.18.0.2'} as const;
	// What a site is told that it may not do reaches it over its own loopback.
	const [nsenter = '', ...loopback] = [...link.prefix('b'), 'ip', 'link', 'set', 'dev', 'lo', 'up'];
	await run(nsenter, loopback);
	await using servers = new AsyncDisposableStack();
	for (const end of ['a', 'b'] as const) {
		for (const port of [443, 5100, 5110, 5200]) {
			const listen = ['socat', '-U', `TCP-LISTEN:${port},reuseaddr,fork`, 'EXEC:echo here'];
			const [program = '', ...parameters] = [...link.prefix(end), ...listen];
			const server = spawn(program, parameters, {stdio: 'ignore'});
			servers.defer(async () => {
				const exit = once(server, 'exit');
				server.kill('SIGKILL');
				await exit;
			});
		}
	}
	await realClock.sleep(0.5);
	const seen = async (from: 'a' | 'b', port: number) =>
		await connectTo(link, {from, host: hosts[from === 'a' ? 'b' : 'a'], port});
	const wall = async (firewall: Firewall) => {
		const [program = '', ...parameters] = [...link.prefix('b'), toolPath('nft'), '-f', '-'];
		const child = run(program, parameters);
		child.child.stdin?.end(
			`add table inet streambed\ndelete table inet streambed\n${batchText(firewallCommands(firewall))}`,
		);
		await child;
	};
	const cases: ReadonlyArray<{firewall: Firewall; intoB: string[]; outOfB: string[]}> = [
		{firewall: open, intoB: ['here', 'here', 'here', 'here'], outOfB: ['here', 'here']},
		{
			firewall: {...open, inbound: 'none'},
			intoB: ['timed out', 'timed out', 'timed out', 'timed out'],
			outOfB: ['here', 'here'],
		},
		{
			firewall: {...open, inbound: {ports: [5100, 5110]}, refusal: 'reject'},
			intoB: ['refused', 'here', 'here', 'refused'],
			outOfB: ['here', 'here'],
		},
		{
			firewall: {...open, inbound: 'https', outbound: 'https', refusal: 'reject'},
			intoB: ['here', 'refused', 'refused', 'refused'],
			outOfB: ['here', 'refused'],
		},
	];
	for (const {firewall, intoB, outOfB} of cases) {
		await wall(firewall);
		const into = await Promise.all([443, 5100, 5110, 5200].map(port => seen('a', port)));
		t.deepEqual(into, intoB, `into: ${JSON.stringify(firewall)}`);
		const out = await Promise.all([443, 5100].map(port => seen('b', port)));
		t.deepEqual(out, outOfB, `out of: ${JSON.stringify(firewall)}`);
	}
});

inNamespaces(
	'a deployment puts the walls up: links are calibrated through them, streams pass where they may',
	async t => {
		const program = join(import.meta.dirname, '../fixtures/site-program.ts');
		const testbed = createNamespacesTestbed({programs: {producer: program, compute: program, consumer: program}});
		const scenario = chainScenario();
		const firewalls = {worker: {...open, inbound: 'none'}, user: {...open, inbound: {ports: [5600, 5600]}}} as const;
		const sites = Object.fromEntries(
			Object.entries(scenario.topology.sites).map(([name, site]) => [
				name,
				{...site, ...(name in firewalls && {firewall: firewalls[name as keyof typeof firewalls]})},
			]),
		) as typeof scenario.topology.sites;
		await using deployment = await testbed.deploy({
			scenario: {...scenario, topology: {...scenario.topology, sites}},
			label: 'walls',
			signal: AbortSignal.timeout(60_000),
		});
		const arrivals = {worker: 0, user: 0};
		deployment.onEvent((site, event) => {
			if (event.kind === 'chunk-arrived') {
				arrivals[site as keyof typeof arrivals] += event.bytes;
			}
		});
		const calibration = await deployment.calibrate({secondsPerLink: 0.2, signal: AbortSignal.timeout(30_000)});
		t.is(calibration.length, 4);
		for (const {from, to, link} of [
			{from: 'camera', to: 'worker', link: 'first'},
			{from: 'worker', to: 'user', link: 'second'},
		]) {
			const endpoint = deployment.endpoint({link, to});
			deployment.send(to, {kind: 'setup', setup: {listenEndpoint: endpoint}} as never);
			await realClock.sleep(0.3);
			deployment.send(from, {kind: 'open-stream', plan: {next: {link, endpoint}}} as never);
		}
		await realClock.sleep(1.5);
		t.is(arrivals.worker, 0, 'nothing came through a wall');
		t.true(arrivals.user > 0, 'nothing came through the open port');
	},
);
