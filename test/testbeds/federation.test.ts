import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import {measurementOf} from '#core/measurements/link-measurement.ts';
import {parseMeasurements} from '#core/measurements/parse-measurements.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {loadScenario, parseScenario} from '#core/scenario/load.ts';
import {DepartureChains} from '#netem/measurements/departure-chains.ts';
import {Brokers} from '#testbeds/brokers/brokers.ts';
import {assignBroker} from '#testbeds/drive/federation/assign-broker.ts';
import {BelievedLinks} from '#testbeds/drive/federation/believed-links.ts';
import {type BrokenWay, BrokenWays} from '#testbeds/drive/federation/broken-ways.ts';
import {JoinDesk} from '#testbeds/drive/federation/join-desk.ts';
import {MovedChunks} from '#testbeds/drive/federation/moved-chunks.ts';
import {PassingRound} from '#testbeds/drive/federation/passing-round.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';
import {temporaryFolders} from '../reports/fixtures/temporary-folders.ts';
import {freeEndpoint} from '../support/free-endpoint.ts';
import {ofKind} from '../support/of-kind.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
const newFolder = temporaryFolders();

async function simulate(file: string, set: readonly string[] = []): Promise<readonly RecordBody[]> {
	const records: RecordBody[] = [];
	const {variants} = loadScenario(fixture(file), {set});
	const scenario = variants[0]?.scenario;
	if (!scenario) {
		throw new Error(`${file} has no variant`);
	}
	const emit = (record: RecordBody) => records.push(record);
	const end = await simulateVariant({scenario, seed: 1, emit, signal: new AbortController().signal});
	if (end.outcome !== 'completed') {
		throw end.failure ?? new Error(end.outcome);
	}
	return records;
}

/** Every produced chunk ends once. */
function isBalanced(records: readonly RecordBody[]): boolean {
	const keys = (kind: 'chunk.produced' | 'chunk.delivered' | 'chunk.lost') =>
		ofKind(records, kind)
			.map(({stream, sequence}) => `${stream}/${sequence}`)
			.sort();
	return (
		JSON.stringify(keys('chunk.produced')) ===
		JSON.stringify([...keys('chunk.delivered'), ...keys('chunk.lost')].sort())
	);
}

test('simulated: streams over a lost site go on over the other one, and what was under way is counted as lost', async t => {
	const records = await simulate('two-ways.yaml');
	t.like(ofKind(records, 'fault.injected')[0], {t: 22, fault: 'lost', target: 'north'});
	t.like(ofKind(records, 'node.left')[0], {t: 22, site: 'north'});
	const replaced = ofKind(records, 'stream.replaced');
	t.deepEqual(
		replaced.map(({stream, placement}) => [stream, placement[0]?.site]),
		['stream-1', 'stream-2', 'stream-3'].map(stream => [stream, 'south']),
	);
	t.deepEqual(
		replaced[0]?.reservations.map(({link}) => link),
		['camera-south', 'south-core', 'core-user'],
	);
	const lost = ofKind(records, 'chunk.lost');
	t.true(lost.length > 0 && lost.every(({reason, t: at}) => reason === 're-placed' && at === 22), JSON.stringify(lost));
	t.true(isBalanced(records));
	t.is(ofKind(records, 'stream.completed').length, 3);
	t.true(ofKind(records, 'chunk.delivered').some(({t: at}) => at > 50));
	t.deepEqual(
		ofKind(records, 'site.sample').filter(({site, t: at, workers}) => site === 'north' && at > 22 && workers !== 0),
		[],
	);
});

test('simulated: on a chain they stop with the reason, and the run is complete', async t => {
	const records = await simulate('short-run.yaml', ['timeline=[{at: 12s, site: edge, fault: lost}]']);
	const stopped = ofKind(records, 'stream.stopped');
	t.is(stopped.length, 4);
	t.true(stopped.every(({reason}) => reason.startsWith('site edge was lost; every way')));
	t.true(ofKind(records, 'chunk.lost').every(({reason}) => reason === 'stream-stopped'));
	t.true(isBalanced(records));
});

test('simulated: workers that are lost and come back move streams, and are sampled as there were', async t => {
	const timeline = 'timeline=[{at: 20s, site: north, workers: 1}, {at: 40s, site: north, workers: 4}]';
	const records = await simulate('two-ways.yaml', [timeline]);
	t.deepEqual(
		ofKind(records, 'fault.injected').map(({target, workers}) => [target, workers]),
		[
			['north', 1],
			['north', 4],
		],
	);
	t.deepEqual(
		ofKind(records, 'stream.replaced').map(({stream, reason}) => [stream, reason]),
		[
			['stream-2', 'north has 1 workers left'],
			['stream-3', 'north has 1 workers left'],
		],
	);
	const workersAt = (seconds: number) =>
		ofKind(records, 'site.sample').findLast(({site, t: at}) => site === 'north' && at <= seconds)?.workers;
	t.deepEqual([workersAt(19), workersAt(30), workersAt(50)], [4, 1, 4]);
	t.true(isBalanced(records));
});

test('simulated: a brain that measures learns of a change at the next round of probes, not at the step', async t => {
	const settings = ['federation.measure=probe', 'federation.probeEvery=25s', 'timing.drive=60s'];
	const records = await simulate('short-run.yaml', settings);
	const [detected, ...others] = ofKind(records, 'link.detected').filter(({from}) => from === 'edge');
	t.like(detected, {t: 25, link: 'second', bitsPerSecond: 20e6, previousBitsPerSecond: 80e6, detectionSeconds: 13});
	t.deepEqual(others, []);
	const probed = ofKind(records, 'node.joined').find(({site}) => site === 'edge');
	t.like(probed, {t: 0, links: [{link: 'first'}, {link: 'second', bitsPerSecond: 80e6}]});
	const ratesAt = (from: number, to: number) =>
		ofKind(records, 'stream.rates').filter(({t: at}) => at >= from && at < to).length;
	t.is(ratesAt(12, 25), 0, 'nothing is told at the step');
	t.true(ratesAt(25, 26) > 0);
	const told = await simulate('short-run.yaml', ['timing.drive=60s']);
	t.true(ofKind(told, 'stream.rates').some(({t: at}) => at === 12));
	t.is(ofKind(told, 'link.measured').length, 0);
	t.deepEqual(
		ofKind(told, 'node.joined').map(({site}) => site),
		ofKind(records, 'node.joined').map(({site}) => site),
		'whatever is known of links, every node joins once',
	);
});

test('a brain that reads files works on what they say', async t => {
	const file = join(newFolder(), 'archive.json');
	writeFileSync(file, JSON.stringify([29e6, 31e6, 30e6].map((val, index) => ({ts: 1_700_000_000 + index, val}))));
	const measurements = `federation={measure: file, measurements: [{link: second, file: ${file}, format: esmond}]}`;
	const records = await simulate('short-run.yaml', [measurements]);
	const measured = ofKind(records, 'link.measured');
	t.deepEqual(
		measured.map(({link, from, source, bitsPerSecond, windowCount}) => [
			link,
			from,
			source,
			bitsPerSecond,
			windowCount,
		]),
		['edge', 'core'].map(from => ['second', from, 'file', 30e6, 3]),
	);
	const total = Math.max(
		...ofKind(records, 'stream.rates').flatMap(({rates}) =>
			rates.filter(({link}) => link === 'second').map(rate => rate.bitsPerSecond),
		),
	);
	t.is(total, 30e6, 'the first stream has all that the file says there is');
});

test('a timeline event that hits nothing, or a site that cannot be hit, is a mistake with its line', t => {
	const mistakes = (timeline: readonly string[], federation = '') => {
		const yaml = `streambed: 1
title: t
topology:
  sites: {a: {role: producer}, b: {role: compute, tier: edge, workers: 2}, c: {role: consumer}}
  links: [{name: ab, between: [a, b], rate: 1Mbit/s}, {name: bc, between: [b, c], rate: 1Mbit/s}]
workload: {requests: [{}]}
${federation}
timeline:
${timeline.map(event => `  - ${event}`).join('\n')}
`;
		const error = t.throws(() => parseScenario(yaml, 'x.yaml'), {instanceOf: StreambedError});
		return error.message
			.split('\n')
			.slice(1)
			.map(line => line.trim());
	};
	t.deepEqual(
		mistakes([
			'{at: 1s, site: b, workers: 1, rate: 1Mbit/s}',
			'{at: 1s, site: a, fault: lost}',
			'{at: 1s, site: nowhere, workers: 1}',
			'{at: 20s, site: b, fault: lost}',
			'{at: 30s, site: b, workers: 1}',
			'{at: 1s, site: b, workers: -1}',
			'{at: 1s, link: ab}',
		]),
		[
			'x.yaml:9  timeline.0: an event has, beside `at`, either link and rate, or site and workers, or site and fault; stalled has `for` as well',
			'x.yaml:10  timeline.1.site: the event is on a, which is a producer; only compute sites lose workers or are lost',
			'x.yaml:11  timeline.2.site: the event is on nowhere, which is no site (sites: a, b, c)',
			'x.yaml:13  timeline.4.at: the event at 30s is on b, which is lost at 20s and does not come back',
			'x.yaml:14  timeline.5.workers: Too small: expected number to be >=0',
			'x.yaml:15  timeline.6: an event has, beside `at`, either link and rate, or site and workers, or site and fault; stalled has `for` as well',
		],
	);
	const probing = mistakes(['{at: 1s, link: ab, rate: 1Mbit/s}'], 'federation: {measure: probe, probeEvery: 1s}');
	t.regex(
		probing[0] ?? '',
		/^x\.yaml:7 {2}federation\.probeEvery: a probe of 1 % of 1s .* lasts 10ms; 20ms is the least/,
	);
	const slow = mistakes(['{at: 1s, link: ab, rate: 1Mbit/s}'], 'federation: {measure: probe, probeEvery: 10s}');
	t.regex(slow[0] ?? '', /over ab at 1Mbit\/s has 12\.5kB/);
	const files = mistakes(
		['{at: 1s, link: ab, rate: 1Mbit/s}'],
		'federation: {measure: file, measurements: [{link: xy, file: gone.json}]}',
	);
	t.regex(files.join('\n'), /measurements\.0\.file: there is no file .*gone\.json/);
	t.regex(files.join('\n'), /measurements\.0\.link: xy is no link \(links: ab, bc\)/);
});

test('a node registers once, under its own name', t => {
	const desk = new JoinDesk(['edge', 'core']);
	desk.hear('edge', {kind: 'join', node: 'edge', program: 'site-node'});
	t.is(desk.programOf('edge'), 'site-node');
	t.is(desk.programOf('core'), undefined);
	for (const [node, message] of [
		['edge', /the program at edge registered as edge a second time/],
		['core', /the program at edge registered as core, the name of another node/],
		['moon', /the program at edge registered as moon, a name that no site has/],
	] as const) {
		const error = t.throws(() => desk.hear('edge', {kind: 'join', node, program: 'site-node'}), {message});
		t.is(error instanceof StreambedError && error.code, 'JOIN_REFUSED');
	}
});

test('a measurement is news when it is far off and its interval leaves the old rate out', t => {
	const {topology, federation} = chainScenario();
	const learn = (windows: readonly number[]) => {
		const believed = new BelievedLinks({links: topology.links, federation});
		believed.changed('first', 10);
		return believed.learn(measurementOf(windows), {link: 'first', from: 'camera', source: 'probe'}, 14);
	};
	t.deepEqual(learn([9.7e6, 9.8e6]).events, [], 'less than 5 % off');
	t.deepEqual(learn([4e6, 12e6]).events, [], 'the interval holds the old rate');
	const {records, events} = learn([4e6, 4.1e6, 3.9e6]);
	t.deepEqual(
		records.map(({kind}) => kind),
		['link.measured', 'link.detected'],
	);
	t.like(records[1], {bitsPerSecond: 4e6, previousBitsPerSecond: 10e6, detectionSeconds: 4});
	t.deepEqual(events, [{kind: 'link.changed', t: 14, link: 'first', from: 'camera', rateBitsPerSecond: 4e6}]);
});

test('a train that a pause cut short is followed by others of what is left of the round, and never by more', t => {
	// 20 ms of a link of 8 Mbit/s are 20 kB.
	const trains = (...probes: readonly {readonly windows: readonly number[]; readonly bytes: number}[]) => {
		const round = new PassingRound({shareSeconds: 0.02, believedBitsPerSecond: 8e6});
		const asked = probes.map(({windows, bytes}) => {
			const seconds = round.nextTrainSeconds();
			round.add({windowsBitsPerSecond: windows, bytes});
			return seconds;
		});
		return {asked, next: round.nextTrainSeconds(), measured: round.measurement()?.bitsPerSecond, bytes: round.bytes};
	};
	const filling = {windows: [7e6, 9e6], bytes: 16_000};
	const silent = {windows: [], bytes: 0};
	t.deepEqual(trains(filling), {asked: [0.02], next: undefined, measured: 8e6, bytes: 16_000});
	t.deepEqual(trains({windows: [], bytes: 4000}, filling), {
		asked: [0.02, 0.016],
		next: undefined,
		measured: 8e6,
		bytes: 20_000,
	});
	t.like(
		trains({windows: [7e6], bytes: 4000}, {windows: [9e6], bytes: 4000}),
		{measured: 8e6},
		'windows of all trains',
	);
	t.like(trains({windows: [], bytes: 11_000}), {next: undefined, measured: undefined}, 'too little is left');
	t.like(trains(silent, silent, silent), {next: 0.02});
	t.like(trains(silent, silent, silent, silent), {next: undefined, measured: undefined}, 'enough was tried');
});

test('a consumer is served by the compute site that it reaches over the widest link, a compute site by itself', t => {
	const {variants} = loadScenario(fixture('two-ways.yaml'));
	const topology = variants[0]?.scenario.topology;
	if (!topology) {
		return t.fail();
	}
	const brokerOf = (site: string, narrow: string) =>
		assignBroker(site, {topology, rateOf: ({link}) => (link === narrow ? 1e6 : 1e8)});
	t.is(brokerOf('user', ''), 'core');
	t.is(brokerOf('south', ''), 'south');
	t.is(brokerOf('camera', ''), 'north', 'equally wide: the nearer');
	t.is(brokerOf('camera', 'camera-north'), 'south');
});

test('what moves costs the chunks that had left and did not arrive, once both ends stand again', t => {
	const moved = new MovedChunks();
	const ends = {producer: 'camera', consumer: 'user'};
	moved.opening('s', ends);
	t.deepEqual(
		['user', 'camera'].flatMap(site => moved.opened(site, 's', () => [0, 1])),
		[],
		'the first opening costs nothing',
	);
	moved.opening('s', ends);
	t.deepEqual(
		moved.opened('edge', 's', () => [3]),
		[],
		'a site in between decides nothing',
	);
	t.deepEqual(
		moved.opened('camera', 's', () => [3, 4]),
		[],
	);
	t.deepEqual(
		moved.opened('user', 's', () => [4, 5]),
		[4],
		'3 had arrived, 5 left on the new way',
	);
	t.deepEqual(
		moved.opened('user', 'unknown', () => [1]),
		[],
	);
});

test('rates are read between departures while a queue stands, and nowhere else', t => {
	const reading = (atNs: bigint, bytes: number, backlogBytes: number) => ({
		...{fromNs: atNs - 20_000n, atNs},
		...{bytes, backlogBytes},
	});
	const chains = new DepartureChains();
	// 1000 bytes a millisecond, read every quarter of one; an idle time of the queue in the middle.
	for (let quarter = 0; quarter <= 80; quarter++) {
		const isIdle = quarter >= 40 && quarter < 48;
		const bytes = 1000 * Math.floor(Math.min(quarter, 40) / 4) + 1000 * Math.floor(Math.max(0, quarter - 48) / 4);
		chains.add(reading(BigInt(quarter) * 250_000n, bytes, isIdle ? 0 : 5000));
	}
	const windows = chains.windows();
	t.true(windows.length >= 12, `${windows.length} windows`);
	t.deepEqual([...new Set(windows.map(Math.round))], [8e6]);

	const paused = new DepartureChains();
	// The reader pauses for ten milliseconds, in which the queue ran empty: four of them carried nothing.
	for (let quarter = 0; quarter <= 80; quarter++) {
		const ms = quarter / 4;
		if (ms <= 5 || ms >= 15) {
			const bytes = 1000 * Math.floor(ms <= 5 ? ms : ms - 4);
			paused.add(reading(BigInt(quarter) * 250_000n, bytes, 5000));
		}
	}
	t.true(paused.windows().length >= 6);
	t.deepEqual([...new Set(paused.windows().map(Math.round))], [8e6]);

	const interrupted = new DepartureChains();
	// A pause in the middle of a reading: its count is of one instant, its time of another.
	for (let quarter = 0; quarter <= 80; quarter++) {
		const at = reading(BigInt(quarter) * 250_000n, 1000 * Math.floor(quarter / 4), 5000);
		if (quarter === 40) {
			interrupted.add({...at, atNs: at.atNs + 200_000n});
		} else if (quarter < 40 || quarter > 42) {
			interrupted.add(at);
		}
	}
	t.true(interrupted.windows().length >= 12);
	t.deepEqual([...new Set(interrupted.windows().map(Math.round))], [8e6]);

	const away = (backlogBytes: number) => {
		const chains = new DepartureChains();
		// A reader that has the processor for a millisecond of five: alone too short for a window.
		for (let tenth = 0; tenth <= 400; tenth++) {
			if (tenth % 50 < 12) {
				chains.add(reading(BigInt(tenth) * 100_000n, 100 * tenth, backlogBytes));
			}
		}
		return chains.windows();
	};
	t.deepEqual(away(3000), [], 'more left in a pause than had stood in the queue');
	t.true(away(4500).length >= 6, `${away(4500).length} windows`);
	t.deepEqual([...new Set(away(4500).map(Math.round))], [8e6], 'so much stood that the queue never ran empty');
});

test('pScheduler and esmond results give the mean of their windows with its interval, and a failed test gives its reason', t => {
	const interval = (bits: number, omitted = false) => ({streams: [], summary: {'throughput-bits': bits, omitted}});
	const pscheduler = {succeeded: true, intervals: [interval(1e9, true), interval(90e6), interval(110e6)]};
	const parsed = parseMeasurements(JSON.stringify(pscheduler), 'pscheduler');
	t.like(parsed, {kind: 'measured', measurement: {bitsPerSecond: 100e6, windowCount: 2}});
	const problem = (value: unknown, format: 'iperf3' | 'esmond' | 'pscheduler') => {
		const outcome = parseMeasurements(typeof value === 'string' ? value : JSON.stringify(value), format);
		return outcome.kind === 'unreadable' ? outcome.problem : 'read';
	};
	t.is(problem({succeeded: false, error: 'no route'}, 'pscheduler'), 'succeeded: the test failed: no route');
	t.is(problem([{ts: 1, val: 3}], 'esmond'), 'it holds 1 windows of throughput; an interval needs 2');
	t.regex(problem('{', 'esmond'), /^it is no JSON/);
	t.regex(problem([{ts: 1}], 'esmond'), /^0\.val: /);
	t.is(problem({error: 'unable to connect', intervals: []}, 'iperf3'), 'error: iperf3 says: unable to connect');
});

const iperf3 = findProgram('iperf3');

(iperf3 === undefined ? test.skip : test)(
	'the report of a real iperf3 over loopback is read as it sums itself up (skipped without iperf3)',
	async t => {
		const program = iperf3 ?? '';
		const {port} = new URL((await freeEndpoint()).replace('tcp:', 'http:'));
		const server = spawn(program, ['-s', '-1', '-B', '127.0.0.1', '-p', port, '--forceflush']);
		t.teardown(() => server.kill());
		await once(server.stdout, 'data');
		const client = spawn(program, ['-c', '127.0.0.1', '-p', port, '-J', '-t', '1', '-i', '0.2', '-b', '50M']);
		const report = await text(client.stdout);
		const parsed = parseMeasurements(report, 'iperf3');
		if (parsed.kind === 'unreadable') {
			return t.fail(`${parsed.problem}: ${report.slice(0, 500)}`);
		}
		const {bitsPerSecond, windowCount, lowBitsPerSecond, highBitsPerSecond} = parsed.measurement;
		const own = (JSON.parse(report) as {end: {sum_sent: {bits_per_second: number}}}).end.sum_sent.bits_per_second;
		const toleranceRatio = 0.1;
		t.log(`actual ${bitsPerSecond}, expected ${own}, tolerance ${toleranceRatio}`);
		t.true(Math.abs(bitsPerSecond / own - 1) < toleranceRatio);
		t.true(windowCount >= 4 && lowBitsPerSecond <= bitsPerSecond && bitsPerSecond <= highBitsPerSecond);
	},
);

/** Hears ways that break, with a limit that is over when it is told to be. */
function brokenWays() {
	const lost = new Set<number>();
	const errors: string[] = [];
	const limits = new Set<() => void>();
	const ways = new BrokenWays({
		clock: {
			after(_seconds, callback) {
				limits.add(callback);
				return () => limits.delete(callback);
			},
		},
		isExplained: ({streamIndex}) => lost.has(streamIndex),
		onUnexplained: error => errors.push(`${error.code} ${error.message}`),
	});
	const limitIsOver = () => {
		for (const callback of limits) {
			callback();
		}
		limits.clear();
	};
	return {ways, lost, errors, limits, limitIsOver};
}

const brokenWay = (streamIndex: number): BrokenWay => ({
	kind: 'stream-broken',
	site: 'core',
	stream: 'stream-1',
	streamIndex,
	message: `way ${streamIndex} was closed`,
});

test('a way that breaks is explained by a loss before it or within the limit, and ends the run without one', t => {
	const {ways, lost, errors, limits, limitIsOver} = brokenWays();
	lost.add(1);
	ways.hear(brokenWay(1));
	t.is(limits.size, 0, 'what is explained waits for nothing');
	ways.hear(brokenWay(2));
	ways.hear(brokenWay(3));
	t.deepEqual(errors, []);
	lost.add(2);
	limitIsOver();
	t.deepEqual(errors, ['NODE_LOST core: way 3 was closed']);
	t.is(ways.close(), undefined);
});

test('the first way that broke without a loss until the end of a run is what the run ends with', t => {
	const {ways, lost, errors, limits} = brokenWays();
	for (const streamIndex of [1, 2, 3]) {
		ways.hear(brokenWay(streamIndex));
	}
	lost.add(1);
	t.is(ways.close()?.message, 'core: way 2 was closed');
	t.deepEqual([errors, limits.size], [[], 0]);
});

test('nobody waits for the topics of a broker that is gone, and still for those of another', async t => {
	const scenario = loadScenario(fixture('two-ways.yaml'), {set: ['stack.transport=nats']}).variants[0]?.scenario;
	const asked: Array<{readonly site: string; readonly id: number}> = [];
	const brokers =
		scenario &&
		Brokers.of({
			scenario,
			deployment: {send: (site, command) => command.kind === 'make-topics' && asked.push({site, id: command.id})},
			logFolder: newFolder(),
			clock: realClock,
			signal: new AbortController().signal,
		});
	const made: string[] = [];
	const make = async (broker: string) => {
		await brokers?.makeTopics([{topic: `${broker}.0.raw`, broker, writer: 'camera', reader: broker}]);
		made.push(broker);
	};
	const both = [make('north'), make('south')];
	brokers?.lost('north');
	await both[0];
	t.deepEqual(made, ['north']);
	t.deepEqual(
		asked.map(({site}) => site),
		['north/broker', 'south/broker'],
	);
	brokers?.hear({kind: 'topics-made', id: asked[1]?.id ?? -1});
	await both[1];
	t.deepEqual(made, ['north', 'south']);
});
