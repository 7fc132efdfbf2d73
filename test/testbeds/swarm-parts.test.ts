import {appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {VariantOutcome} from '#core/records/run-document.ts';
import {clockDoubt} from '#reports/clock-doubt.ts';
import type {Engine} from '#testbeds/docker/engine.ts';
import {removeLabelled} from '#testbeds/docker/remove-labelled.ts';
import {BrokerLogs} from '#testbeds/swarm/broker-logs.ts';
import {estimateClock} from '#testbeds/swarm/clock-estimate.ts';
import {FolderReader} from '#testbeds/swarm/folder-reader.ts';
import {nodeSocket} from '#testbeds/swarm/node-socket.ts';
import {refuseEnded} from '#testbeds/swarm/refuse-ended.ts';
import {lossOf} from '#testbeds/swarm/site-tasks.ts';
import {swarmNames} from '#testbeds/swarm/swarm-names.ts';
import {requireHosts, type SwarmNode} from '#testbeds/swarm/swarm-nodes.ts';
import {DrawLedger} from '#testbeds/swarm/sweep/draw-ledger.ts';
import {parseFrame} from '#testbeds/swarm/switchboard/frame.ts';
import {translateInstants} from '#testbeds/swarm/translate-instants.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';

test('a clock is the median of the fastest answers, and its error is at most half of their round trip', t => {
	// The other clock is 5 s ahead; half of the answers wait 3 ms on their way back.
	const exchanges = Array.from({length: 32}, (_, index) => {
		const askedNs = BigInt(index) * 10_000_000n;
		const wayNs = 50_000n + BigInt(index) * 100n;
		const answeredNs = askedNs + wayNs + 5_000_000_000n;
		return {askedNs, answeredNs, heardNs: askedNs + 2n * wayNs + (index % 2 === 0 ? 0n : 3_000_000n)};
	});
	const {offsetNs, uncertaintyNs} = estimateClock(exchanges);
	t.is(offsetNs, 5_000_000_000n);
	t.true(uncertaintyNs >= 50_000n && uncertaintyNs < 52_000n, `${uncertaintyNs}`);
});

test('instants are translated wherever they stand in a message, and nothing else is', t => {
	const message = {kind: 'start-clock', startNs: '1000', inner: [{atNs: '5', from: 'camera', bytes: 7}], count: 3};
	t.deepEqual(translateInstants(message, -10n), {
		kind: 'start-clock',
		startNs: '990',
		inner: [{atNs: '-5', from: 'camera', bytes: 7}],
		count: 3,
	});
});

test('names of services are labels of DNS, and differ from run to run', t => {
	const longest = 'a'.repeat(31);
	t.true(swarmNames('run/variant/0').service(longest).length <= 63);
	t.not(swarmNames('run/variant/0').service('camera'), swarmNames('run/variant/1').service('camera'));
	t.deepEqual(parseFrame('camera {"a": 1}'), {member: 'camera', line: '{"a": 1}'});
	t.is(parseFrame('nobody'), undefined);
});

const node: SwarmNode = {
	...{id: '1', name: 'one', state: 'ready', availability: 'active', host: 'near'},
	socket: '/var/run/docker.sock',
};

test('a host that no ready node has is named, with the command that gives a node its label', t => {
	const {topology} = chainScenario();
	const camera = {role: 'producer', host: 'far'} as const;
	const asking = {...topology, sites: {...topology.sites, camera}};
	t.notThrows(() => requireHosts(asking, [node, {...node, host: 'far'}]));
	t.throws(() => requireHosts(asking, [node, {...node, state: 'down', host: 'far'}]), {
		message: /camera is to stand on the host far.*one \(down, far\)/,
	});
	t.throws(
		() =>
			requireHosts(topology, [
				{...node, availability: 'drain'},
				{...node, state: 'down'},
			]),
		{
			message: /^no node of the swarm is ready and active: one \(ready, drain\), one \(down, active\)$/,
		},
	);
	const task = {site: 'camera', state: 'running', reason: 'started', exitCode: undefined, node, addresses: new Map()};
	t.is(lossOf(task), undefined);
	t.regex(lossOf({...task, node: {...node, state: 'down'}}) ?? '', /its node one is down/);
	t.regex(lossOf({...task, state: 'failed', exitCode: 7}) ?? '', /failed, exit code 7/);
});

test('a folder that a node lacks is one word of the command that brings it, and a socket that it lacks is told by its label', async t => {
	const reason = 'invalid mount config for type "bind": bind source path does not exist: /data/Ada\'s frames';
	const task = {site: 'camera', state: 'rejected', reason, exitCode: undefined, node, addresses: new Map()};
	const image = {name: 'streambed', digest: 'sha256:1', id: 'sha256:1', entryPoint: []};
	const error = await t.throwsAsync(refuseEnded(task, {image, lastLines: () => '', clock: realClock}), {
		instanceOf: StreambedError,
		message: /has no \/data\/Ada's frames,/,
	});
	t.is(error.hint, String.raw`tar --directory / --create 'data/Ada'\''s frames' | ssh one tar --directory / --extract`);

	const socket = '/run/elsewhere.sock';
	const nobody = {...task, reason: `invalid mount config for type "bind": bind source path does not exist: ${socket}`};
	const unreachable = await t.throwsAsync(refuseEnded(nobody, {image, socket, lastLines: () => '', clock: realClock}), {
		instanceOf: StreambedError,
		message: /no container engine listens at \/run\/elsewhere\.sock on the node one/,
	});
	t.is(unreachable.code, 'ENGINE_UNREACHABLE');
	t.regex(unreachable.hint ?? '', /--label-add streambed\.socket=PATH one/);
});

test('a foreign site has the socket of most nodes that can run it, and is kept from those whose engine listens elsewhere', t => {
	const other = (id: string, settings: Partial<SwarmNode>): SwarmNode => ({
		...node,
		id,
		socket: '/run/other.sock',
		...settings,
	});
	const nodes = [node, other('2', {host: 'far'}), other('3', {host: 'far'}), other('4', {availability: 'drain'})];
	const kept = ['node.id!=2', 'node.id!=3', 'node.id!=4'];
	t.deepEqual(nodeSocket(nodes, 'near'), {path: node.socket, constraints: kept});
	t.deepEqual(nodeSocket(nodes, 'far'), {path: '/run/other.sock', constraints: ['node.id!=1']});
	t.deepEqual(nodeSocket(nodes, undefined), {path: '/run/other.sock', constraints: ['node.id!=1']});
	t.deepEqual(
		nodeSocket([node, ...nodes.slice(3)], undefined).path,
		node.socket,
		'a node that is drained runs nothing',
	);
});

test('files that grow are read on, and one that cannot be read keeps nothing from the others', t => {
	const folder = temporaryFolder(t);
	const reader = new FolderReader();
	const readOn = () => reader.readOn(folder).map(({file, base64}) => `${file} ${Buffer.from(base64, 'base64')}`);
	writeFileSync(join(folder, 'a.log'), 'one');
	t.deepEqual(readOn(), ['a.log one']);
	appendFileSync(join(folder, 'a.log'), 'two');
	t.deepEqual(readOn(), ['a.log two']);
	t.deepEqual(readOn(), []);
	// The descriptor that the folder itself is read by has gone when its turn comes.
	t.true(new FolderReader().readOn('/proc/self/fdinfo').length > 0);
});

test('a silent node keeps no other broker’s log waiting, and is not heard once it is given up', async t => {
	const logFolder = temporaryFolder(t);
	const written = ['one '];
	const lateAnswer = Promise.withResolvers<object>();
	let frozenCount = 0;
	let look = () => {};
	const agent = (call: () => Promise<object>) => ({call: call as never});
	const part = (text: string) => ({file: 'server.log', base64: Buffer.from(text).toString('base64')});
	const agents = new Map([
		[
			'frozen',
			agent(() => {
				frozenCount++;
				return lateAnswer.promise;
			}),
		],
		['lively', agent(async () => ({parts: written.splice(0).map(part)}))],
	]);
	const clock: Clock = {
		...realClock,
		every(_seconds, callback) {
			look = callback;
			return () => {};
		},
		sleep: () => realClock.sleep(0.05),
	};
	const logs = new BrokerLogs({agents, logFolder, clock});
	const livelyLog = () => readFileSync(join(logFolder, 'lively/server.log'), 'utf8');
	look();
	await realClock.sleep(0);
	t.is(livelyLog(), 'one ');
	written.push('two ');
	look();
	await realClock.sleep(0);
	t.is(livelyLog(), 'one two ');
	t.is(frozenCount, 1);
	written.push('last');
	await logs[Symbol.asyncDispose]();
	t.is(livelyLog(), 'one two last');
	lateAnswer.resolve({parts: [part('late')]});
	await realClock.sleep(0);
	t.false(existsSync(join(logFolder, 'frozen')));
});

test('the tasks of removed services are waited for, and a manager that does not tell of them keeps nothing', async t => {
	const removedWhen = async (tasks: ReadonlyArray<() => Promise<unknown>>) => {
		const left = {service: ['camera'], network: ['first']};
		const waiting = [...tasks];
		const take = async (kind: keyof typeof left) => void left[kind].pop();
		const engine = {
			listServices: async () => left.service.map(ID => ({ID, Spec: {Name: ID, Labels: {}}})),
			listContainers: async () => [],
			listNetworks: async () => left.network.map(Id => ({Id, Name: Id, Labels: {}})),
			listVolumes: async () => ({Volumes: null}),
			listTasks: () => waiting.shift()?.() ?? Promise.resolve([]),
			getService: () => ({remove: () => take('service')}),
			getNetwork: () => ({remove: () => take('network')}),
		} as unknown as Engine;
		const removed = await removeLabelled({engine, label: 'ours', clock: realClock});
		t.deepEqual(waiting, []);
		return removed.map(({kind, name}) => `${kind} ${name}`);
	};
	const everything = ['service camera', 'network first'];
	t.deepEqual(await removedWhen([() => Promise.reject(new Error('no leader'))]), everything);
	const running = async () => [{ServiceID: 'camera'}];
	const ofOthers = async () => [{ServiceID: 'somebody else’s'}];
	t.deepEqual(await removedWhen([running, running, ofOthers]), everything);
});

test('latencies are told where clocks are known well enough, and between sites of one machine', t => {
	const scenario = {...chainScenario(), timeScale: 0.1};
	const hosts = (user: string, clockUncertaintyMs: number) => [
		{site: 'camera', host: 'one', clockOffsetSeconds: 0, clockUncertaintyMs: 0},
		{site: 'user', host: user, clockOffsetSeconds: 7, clockUncertaintyMs},
	];
	const doubt = (user: string, clockUncertaintyMs: number, medianMs: number) =>
		clockDoubt({scenario, outcome: {...untold, hosts: hosts(user, clockUncertaintyMs)}}, medianMs);
	t.is(doubt('two', 0.9, 1), undefined, 'a millisecond is fine');
	t.is(doubt('two', 4.9, 1000), undefined, 'a twentieth of 100 ms real time');
	t.is(doubt('one', 50, 10), undefined, 'one machine');
	t.is(clockDoubt({scenario, outcome: untold}, 10), undefined, 'another testbed');
	t.regex(doubt('two', 5.2, 1000) ?? '', /known to 5\.2 ms only.*median of 100\.0 ms real time/);
});

const untold: VariantOutcome = {
	...{
		variant: 'default',
		repeat: 0,
		verdict: 'valid',
		reasons: [],
		calibration: [],
		setupSeconds: {},
		congestionControl: [],
	},
};

test('a draw whose worker is lost goes to the next one, before those that wait, and its late result is not counted', t => {
	const ledger = new DrawLedger<string>({lossCountMax: 3});
	ledger.join('one');
	t.is(ledger.give(), undefined, 'nothing to do');
	for (const draw of ['first', 'second', 'third']) {
		ledger.ask(draw);
	}
	t.deepEqual(ledger.give(), {worker: 'one', draw: 'first'});
	t.is(ledger.give(), undefined, 'a worker has one draw at a time');
	t.deepEqual(ledger.lose('one'), {kind: 'again', draw: 'first'});
	t.deepEqual(ledger.lose('one'), {kind: 'nothing'});
	ledger.join('two');
	t.deepEqual(ledger.give(), {worker: 'two', draw: 'first'});
	t.false(ledger.take('one', 'first'), 'it was lost');
	t.false(ledger.take('two', 'second'), 'nobody has it');
	t.true(ledger.take('two', 'first'));
	t.false(ledger.take('two', 'first'), 'it is done');
	t.deepEqual(ledger.give(), {worker: 'two', draw: 'second'});
	t.throws(() => ledger.join('two'), {message: /another worker is called two/});
});

test('a draw over which three workers are lost is given up', t => {
	const ledger = new DrawLedger<string>({lossCountMax: 3});
	ledger.ask('deadly');
	const losses = ['one', 'two', 'three'].map(worker => {
		ledger.join(worker);
		t.deepEqual(ledger.give(), {worker, draw: 'deadly'});
		return ledger.lose(worker);
	});
	t.deepEqual(
		losses.map(({kind}) => kind),
		['again', 'again', 'given-up'],
	);
	ledger.join('four');
	t.is(ledger.give(), undefined);
});

test('whichever workers come, answer, answer too late and go, each draw counts once', t => {
	const what = fc.constantFrom('join', 'lose', 'answer', 'answer late');
	const turns = fc.array(fc.record({what, which: fc.nat(7)}), {maxLength: 200});
	fc.assert(
		fc.property(fc.integer({min: 1, max: 12}), turns, (drawCount, list) => {
			const ledger = new DrawLedger<number>({lossCountMax: Number.POSITIVE_INFINITY});
			const counts = Array.from({length: drawCount}, () => 0);
			const given: Array<{worker: string; draw: number}> = [];
			let present: string[] = [];
			let nameCount = 0;
			const settle = ({worker, draw}: {worker: string; draw: number}) => {
				counts[draw] = (counts[draw] ?? 0) + (ledger.take(worker, draw) ? 1 : 0);
			};
			const act = (turn: string, which: number) => {
				const worker = present[which % Math.max(1, present.length)] ?? '';
				const last = given.findLast(one => one.worker === worker);
				switch (turn) {
					case 'join':
						present.push(`${nameCount}`);
						ledger.join(`${nameCount++}`);
						break;
					case 'lose':
						present = present.filter(one => one !== worker);
						ledger.lose(worker);
						break;
					case 'answer':
						[last].filter(one => one !== undefined).forEach(settle);
						break;
					default:
						given.slice(which, which + 1).forEach(settle);
				}
				for (let more = ledger.give(); more; more = ledger.give()) {
					given.push(more);
				}
			};
			for (const draw of counts.keys()) {
				ledger.ask(draw);
			}
			for (const turn of list) {
				act(turn.what, turn.which);
			}
			t.true(counts.every(count => count <= 1));
			act('join', 0);
			while (counts.includes(0)) {
				const before = counts.join();
				given.forEach(settle);
				act('', given.length);
				t.not(counts.join(), before, 'a worker that is there ends what is left');
			}
			t.deepEqual([...new Set(counts)], [1]);
		}),
		{seed: 1, numRuns: 200},
	);
});

function temporaryFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}
