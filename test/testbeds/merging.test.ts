import test from 'ava';
import {StreambedError} from '#core/errors.ts';
import type {RecordBody, StreambedRecord} from '#core/records/schema.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {type Scenario, scenarioSchema} from '#core/scenario/schema.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {measureVariantRun} from '#reports/measures.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import {CliProcess, shortRun} from '../support/cli-process.ts';
import {ofKind} from '../support/of-kind.ts';

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, over real links: ${denied.reason}; ${denied.remedy}\n`);
}
const overLinks = denied ? test.serial.skip : test.serial;

/** Three requests for the one source there is: full from 0 s on, half from 15 s on, and full again until the end. */
function document({merge = true, sources = 1}: {readonly merge?: boolean; readonly sources?: number | null} = {}) {
	return {
		streambed: 1,
		title: 'shared',
		topology: {
			sites: {
				camera: {role: 'producer'},
				middle: {role: 'compute', tier: 'edge', workers: 3},
				user: {role: 'consumer'},
			},
			links: [
				{name: 'in', between: ['camera', 'middle'], rate: '10Mbit/s'},
				{name: 'out', between: ['middle', 'user'], rate: '10Mbit/s'},
			],
		},
		stack: {merge},
		workload: {
			chunk: {bytes: '1MB', every: '10s'},
			...(sources === null ? {} : {sources}),
			stages: [{name: 'shrink', service: '1s'}],
			arrivals: {law: 'spread', from: '0s', over: '45s'},
			leadTime: '2s',
			requests: [
				{minimumResolution: '100%', deadline: '9s', duration: '50s'},
				{minimumResolution: '50%', deadline: '9s', duration: '50s'},
				{minimumResolution: '100%', deadline: '9s'},
			],
		},
		timing: {drive: '100s', drain: '30s'},
	};
}

async function records(scenario: Scenario): Promise<readonly RecordBody[]> {
	const all: RecordBody[] = [];
	const end = await simulateVariant({
		scenario,
		seed: 1,
		emit: one => all.push(one),
		signal: new AbortController().signal,
	});
	if (end.outcome !== 'completed') {
		throw end.failure ?? new Error(end.outcome);
	}
	return all;
}

/** What a link carried in the direction of the consumer. */
function carriedBytes(all: readonly RecordBody[], {link, from}: {readonly link: string; readonly from: string}) {
	let bytes = 0;
	let before = 0;
	for (const sample of ofKind(all, 'link.sample').filter(one => one.link === link && one.from === from)) {
		bytes += (sample.bitsPerSecond * (sample.t - before)) / 8;
		before = sample.t;
	}
	return bytes;
}

test('simulated: chunks cross the links once, and every request gets its own, from its first to its last', async t => {
	const all = await records(scenarioSchema.parse(document()));
	t.deepEqual(
		ofKind(all, 'request.accepted').map(({request, stream, carrier}) => [request, stream, carrier]),
		[
			['r001', 'stream-1', undefined],
			['r002', 'stream-2', 'stream-1'],
			['r003', 'stream-3', 'stream-1'],
		],
	);
	t.deepEqual(
		ofKind(all, 'request.arrived').map(({source}) => source),
		['source-1', 'source-1', 'source-1'],
	);
	// Chunks are planned at 2, 12, 22, … 92 s; requests last from 2 to 52 s, 17 to 67 s and 32 to 100 s.
	const plannedOf = (stream: string) =>
		ofKind(all, 'chunk.produced').flatMap(one => (one.stream === stream ? one.plannedSeconds : []));
	t.deepEqual(plannedOf('stream-1'), [2, 12, 22, 32, 42]);
	t.deepEqual(plannedOf('stream-2'), [22, 32, 42, 52, 62]);
	t.deepEqual(plannedOf('stream-3'), [32, 42, 52, 62, 72, 82, 92]);
	const delivered = ofKind(all, 'chunk.delivered');
	t.deepEqual(
		delivered.filter(({stream}) => stream === 'stream-2').map(one => [one.sequence, one.sharedByCount]),
		[
			[0, 2],
			[1, 3],
			[2, 3],
			[3, 2],
			[4, 2],
		],
	);
	t.is(delivered.filter(({stream}) => stream === 'stream-1')[0]?.sharedByCount, undefined);
	t.is(delivered.length, 17);
	const inBytes = carriedBytes(all, {link: 'in', from: 'camera'});
	t.true(Math.abs(inBytes - 10e6) < 1, `actual ${inBytes}, expected 10 chunks of 1 MB, tolerance 1`);
	t.deepEqual(
		ofKind(all, 'stream.completed').map(({stream, t: seconds}) => [stream, seconds]),
		[
			['stream-1', 52],
			['stream-2', 67],
			['stream-3', ofKind(all, 'run.ended')[0]?.t],
		],
	);
	t.is(Math.max(...ofKind(all, 'site.sample').map(({workersReserved}) => workersReserved)), 1);
});

test('simulated: apart, the same requests cross the links each for itself', async t => {
	const all = await records(scenarioSchema.parse(document({merge: false})));
	t.true(ofKind(all, 'request.accepted').every(({carrier}) => carrier === undefined));
	t.true(ofKind(all, 'chunk.delivered').every(({sharedByCount}) => sharedByCount === undefined));
	const inBytes = carriedBytes(all, {link: 'in', from: 'camera'});
	t.true(Math.abs(inBytes - 17e6) < 1, `actual ${inBytes}, expected 17 chunks of 1 MB, tolerance 1`);
});

test('what is shared is paid for and received once, each bearing its part, and what sharing saved is measured', async t => {
	const scenario = scenarioSchema.parse(document());
	const collector = new VariantCollector({variant: 'default', repeat: 0});
	for (const record of await records(scenario)) {
		collector.add({...record, variant: 'default', repeat: 0} as StreambedRecord);
	}
	const measures = measureVariantRun(collector.finish({scenario, outcome: undefined}));
	const measured = (name: string) =>
		measures.find(one => one.measure === name && one.minimumResolutionRatio === null)?.value ?? Number.NaN;
	// Ten chunks of 1 MB crossed two links and were worked on for 1 s; seventeen copies were delivered.
	const usd = 20e6 * 0.09e-9 + (10 * 0.0116) / 3600;
	for (const [name, expected] of [
		['merge.requestsMerged', 2],
		['merge.bytesSaved', 14e6],
		['merge.bytesSavedRatio', 14 / 34],
		['chunks.delivered', 17],
		['cost.usdPerChunk', usd / 17],
		['throughput.bitsPerSecond', (10 * 8e6) / 100],
	] as const) {
		const actual = measured(name);
		t.true(Math.abs(actual / expected - 1) < 1e-9, `${name}: actual ${actual}, expected ${expected}, tolerance 1e-9`);
	}
});

test('simulated: who shares with a stricter request gets what that one gets, and says so', async t => {
	const all = await records(scenarioSchema.parse(document()));
	const resolutions = ofKind(all, 'chunk.delivered').flatMap(one =>
		one.stream === 'stream-2' ? one.resolutionRatio : [],
	);
	t.deepEqual(resolutions, [1, 1, 1, 1, 1]);
});

test('merging needs sources: without them a scenario is refused, with the line', t => {
	const text = JSON.stringify(document({sources: null}), undefined, 2);
	const line = text.split('\n').findIndex(one => one.includes('"merge"')) + 1;
	const error = t.throws(() => parseScenario(text, 'shared.yaml'), {instanceOf: StreambedError});
	t.regex(error.message, new RegExp(`shared\\.yaml:${line} +stack\\.merge: merge needs workload\\.sources`));
});

overLinks('over real links too chunks come once and are counted for every request that they are for', async t => {
	const merging = ['--set', 'stack.merge=true', '--set', 'workload.sources=1'];
	await using cli = new CliProcess(['run', shortRun, ...merging]);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const all = cli.records();
	const carriers = ofKind(all, 'request.accepted').map(({carrier}) => carrier);
	t.deepEqual(carriers, [undefined, 'stream-1', 'stream-1', 'stream-1']);
	const count = (kind: RecordBody['kind']) => ofKind(all, kind).length;
	t.is(count('chunk.produced'), count('chunk.delivered') + count('chunk.lost'));
	t.is(count('stream.completed') + count('stream.stopped'), 4);
	const delivered = ofKind(all, 'chunk.delivered');
	t.true(
		delivered.filter(({sharedByCount}) => sharedByCount === 4).length >= 8,
		`${delivered.length} copies delivered`,
	);
	// Each chunk is 100 kB here. Apart, so many copies would be so many bytes on the first link.
	const sentBytes = carriedBytes(all, {link: 'first', from: 'camera'});
	const toleranceRatio = 0.5;
	const expectedBytes = delivered.reduce((sum, {sharedByCount = 1}) => sum + 100_000 / sharedByCount, 0);
	t.true(
		sentBytes * 0.1 < expectedBytes * (1 + toleranceRatio),
		`${sentBytes * 0.1} bytes sent, expected ${expectedBytes}, tolerance ${toleranceRatio}`,
	);
});
