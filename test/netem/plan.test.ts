import test from 'ava';
import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {batchText} from '#netem/command.ts';
import {parseCongestionControls} from '#netem/congestion-control.ts';
import {describePlan} from '#netem/describe-plan.ts';
import {reshapeCommands, shapeCommands} from '#netem/link-commands.ts';
import {linkShape} from '#netem/link-shape.ts';
import {findTool, toolPath} from '#netem/tools.ts';
import {planTopology, type TopologyPlan} from '#netem/topology-plan.ts';
import {explainDenial} from '#netem/user-namespaces.ts';

type Topology = Scenario['topology'];
type Role = 'producer' | 'consumer' | 'router';

function topologyOf(roles: Record<string, Role>, pairs: ReadonlyArray<readonly [string, string]>): Topology {
	return {
		sites: Object.fromEntries(Object.entries(roles).map(([site, role]) => [site, {role}])),
		links: pairs.map(([from, to]) => ({
			name: `${from}-${to}`,
			between: [from, to],
			rateBitsPerSecond: 1e8,
			delaySeconds: 0,
			distanceKm: 0,
			usdPerByte: 0,
		})),
	};
}

const plan = (topology: Topology): TopologyPlan =>
	planTopology({topology, stack: {congestionControl: 'cubic'} as Scenario['stack'], timeline: []});

function routesOf(planned: TopologyPlan, site: string): string[] {
	const namespace = planned.namespaces.find(candidate => candidate.site === site);
	return (namespace?.ip ?? [])
		.filter(command => command[0] === 'route' && command.includes('via'))
		.map(command => command.slice(2).join(' '));
}

for (const {rate, delay, burstBytes, queueBytes} of [
	{rate: 64e3, delay: 0, burstBytes: 3200, queueBytes: 131_072},
	{rate: 10e6, delay: 0, burstBytes: 6250, queueBytes: 131_072},
	{rate: 100e6, delay: 0, burstBytes: 62_500, queueBytes: 250_000},
	{rate: 1e9, delay: 0, burstBytes: 625_000, queueBytes: 2_500_000},
	{rate: 1e9, delay: 0.02, burstBytes: 625_000, queueBytes: 5_000_000},
]) {
	test(`a link of ${rate / 1e6} Mbit/s and ${delay * 1e3} ms bursts ${burstBytes} bytes and queues ${queueBytes}`, t => {
		t.like(linkShape({rateBitsPerSecond: rate, delaySeconds: delay}), {burstBytes, queueBytes, quantumBytes: 60_000});
	});
}

test('a shape is one class with a queue counted in bytes, and is changed in place', t => {
	const shape = linkShape({rateBitsPerSecond: 200e6, delaySeconds: 0});
	t.is(
		batchText([...shapeCommands('link0', shape), ...reshapeCommands('link0', shape)]),
		`qdisc add dev link0 root handle 1: htb default 10
class add dev link0 parent 1: classid 1:10 htb rate 200000000bit burst 125000 cburst 125000 quantum 60000
qdisc add dev link0 parent 1:10 handle 10: bfifo limit 500000
class change dev link0 parent 1: classid 1:10 htb rate 200000000bit burst 125000 cburst 125000 quantum 60000
qdisc change dev link0 parent 1:10 handle 10: bfifo limit 500000
`,
	);
});

test('a delay puts netem in the place of the queue, with room for what is on its way', t => {
	const [, , leaf] = shapeCommands('link0', linkShape({rateBitsPerSecond: 100e6, delaySeconds: 0.03}));
	// 750,000 bytes of queue (a round trip) and 375,000 on their way, in frames of 1514.
	t.is(leaf?.join(' '), 'qdisc add dev link0 parent 1:10 handle 10: netem delay 30000us limit 744');
});

test('a site with one link sends everything there, from its own address, with the congestion control pinned', t => {
	const planned = plan(
		topologyOf({camera: 'producer', hub: 'router', user: 'consumer'}, [
			['camera', 'hub'],
			['hub', 'user'],
		]),
	);
	t.deepEqual(routesOf(planned, 'camera'), ['198.18.0.0/15 via 198.19.0.1 dev link0 src 198.18.0.1 congctl cubic']);
	t.deepEqual(routesOf(planned, 'hub'), [
		'198.18.0.1/32 via 198.19.0.0 dev link0 src 198.18.0.2 congctl cubic',
		'198.18.0.3/32 via 198.19.0.3 dev link1 src 198.18.0.2 congctl cubic',
	]);
});

test('packets cross routers by the fewest links and no other site', t => {
	const planned = plan(
		topologyOf({a: 'producer', relay: 'consumer', r1: 'router', r2: 'router', b: 'consumer'}, [
			['a', 'relay'],
			['relay', 'b'],
			['a', 'r1'],
			['r1', 'r2'],
			['r2', 'b'],
		]),
	);
	// b is two links away over relay, which passes nothing on, and three over the routers.
	t.deepEqual(routesOf(planned, 'a'), [
		'198.18.0.2/32 via 198.19.0.1 dev link0 src 198.18.0.1 congctl cubic',
		'198.18.0.0/15 via 198.19.0.5 dev link2 src 198.18.0.1 congctl cubic',
	]);
	const forwarding = planned.namespaces.filter(({settings}) => settings.some(({path}) => path.endsWith('ip_forward')));
	t.deepEqual(
		forwarding.map(({site}) => site),
		['r1', 'r2'],
	);
});

test('a backbone of routers with 500 sites needs a route a site where it is attached, and one for all others', t => {
	const sites = Array.from({length: 500}, (_, index) => `s${index}`);
	const roles = Object.fromEntries<Role>([
		['r0', 'router'],
		['r1', 'router'],
		...sites.map(site => [site, 'producer'] as const),
	]);
	const pairs = sites.map((site, index) => [site, index < 100 ? 'r0' : 'r1'] as const);
	const planned = plan(topologyOf(roles, [['r0', 'r1'], ...pairs]));
	t.is(routesOf(planned, 'r0').length, 101);
	t.is(routesOf(planned, 's250').length, 1);
	const addresses = [
		...planned.namespaces.map(({address}) => address),
		...planned.links.flatMap(({ends}) => ends.map(({address}) => address)),
	];
	t.is(new Set(addresses).size, 502 + 2 * 501, 'every address is given once');
	t.true(addresses.every(address => /^198\.1[89]\.\d{1,3}\.\d{1,3}$/.test(address)));
});

test('two links between the same two sites are refused, since no route could tell them apart', t => {
	const error = t.throws(
		() =>
			plan(
				topologyOf({a: 'producer', b: 'consumer'}, [
					['a', 'b'],
					['b', 'a'],
				]),
			),
		{instanceOf: StreambedError},
	);
	t.is(error.code, 'SCENARIO_INVALID');
	t.regex(error.message, /a-b and b-a both join a and b/);
});

test('the description of a plan holds every command in the order in which it runs', t => {
	const planned = plan(topologyOf({a: 'producer', b: 'consumer'}, [['a', 'b']]));
	const lines = describePlan(planned);
	const commands =
		planned.outerIp.length + planned.namespaces.flatMap(({ip, tc, settings}) => [...ip, ...tc, ...settings]).length;
	t.is(lines.filter(line => !line.startsWith('#')).length, commands);
	t.is(lines[1], 'ip netns add a');
	t.true(
		lines.indexOf('tc qdisc add dev link0 root handle 1: htb default 10') < lines.indexOf('ip link set dev link0 up'),
	);
});

test('a word that a batch would read as something else is refused', t => {
	for (const word of ['a b', 'a\nlink del dev lo', '#', '"', '']) {
		t.throws(() => batchText([['link', 'set', 'dev', word]]), undefined, JSON.stringify(word));
	}
});

test('a setting that denies namespaces is named with the command that changes it', t => {
	const set = (path: string, value: string) => (asked: string) => (asked === path ? value : undefined);
	t.deepEqual(explainDenial('no', set('kernel/apparmor_restrict_unprivileged_userns', '1')), {
		reason: 'no (kernel.apparmor_restrict_unprivileged_userns is 1)',
		remedy: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
	});
	t.is(explainDenial('no', set('user/max_user_namespaces', '0')).remedy, 'sysctl -w user.max_user_namespaces=10000');
	t.is(explainDenial('no', set('user/max_user_namespaces', '96365')).reason, 'no');
});

test('a missing tool is an error that says how to install it; the folders of the administrator are searched too', t => {
	const error = t.throws(() => toolPath('no-such-tool' as 'tc', '/nowhere'), {instanceOf: StreambedError});
	t.is(error.code, 'TOOL_MISSING');
	t.is(findTool('ip', '/nowhere'), findTool('ip'));
});

test('congestion control is read from connections as ss prints them, those of a site with itself aside', t => {
	const report = `0 0 198.18.0.1:40000 198.18.0.2:5600
	 ts sack cubic wscale:7,7 rto:204 rtt:0.04/0.02 mss:1448 cwnd:10
0 0 198.18.0.1:40001 198.18.0.2:5600
	 bbr wscale:7,7 rto:204 bbr:(bw:1Mbps,mrtt:0.02)
0 0 198.18.0.1:40002 198.18.0.1:9092
	 reno wscale:7,7 rto:204
0 0 [::ffff:198.18.0.1]:9092 [::ffff:198.18.0.1]:40002
	 reno wscale:7,7 rto:204
`;
	t.deepEqual(parseCongestionControls(report, ['reno', 'cubic', 'bbr']), ['bbr', 'cubic']);
	t.deepEqual(parseCongestionControls('', ['cubic']), []);
});
