import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {zstdCompressSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {build} from 'hdr-histogram-js';
import {randomStream} from '#core/random.ts';
import type {RecordBody, StreambedRecord} from '#core/records/schema.ts';
import {studentQuantile} from '#core/student-quantile.ts';
import {evaluateExpectations} from '#reports/expectations.ts';
import {percentileOf} from '#reports/latencies.ts';
import {readRun} from '#reports/read-run.ts';
import {deliveredResolution, deliveringCount} from '#reports/series.ts';
import {estimate} from '#reports/statistics.ts';
import {findEstimate, summarise} from '#reports/summary.ts';
import {type Summary, summarySchema} from '#reports/summary-schema.ts';
import {temporaryFolders} from './fixtures/temporary-folders.ts';
import {resolvedScenario, runDocument, writeRun} from './fixtures/write-run.ts';

const emptyFolder = temporaryFolders();

/** Two streams over 100 s, chunks every 10 s, small enough to be counted by hand. */
function handMade(): RecordBody[] {
	const chunk = (
		stream: string,
		sequence: number,
		{
			latencySeconds,
			late = false,
			resolutionRatio = 1,
		}: {readonly latencySeconds: number; readonly late?: boolean; readonly resolutionRatio?: number},
	): RecordBody[] => {
		const plannedSeconds = sequence * 10;
		const t = plannedSeconds + latencySeconds;
		return [
			{
				kind: 'chunk.produced',
				t: plannedSeconds,
				stream,
				sequence,
				plannedSeconds,
				sentSeconds: plannedSeconds + 0.5,
				bytes: 1000,
			},
			{
				kind: 'chunk.delivered',
				t,
				stream,
				sequence,
				bytes: 1000,
				resolutionRatio,
				latencySeconds,
				transitSeconds: latencySeconds - 0.5,
				diffSeconds: 0,
				reordered: sequence === 2,
			},
			...(late ? [{kind: 'chunk.late', t, stream, sequence, latenessSeconds: 1} as const] : []),
		];
	};
	const request = (name: string, minimumResolutionRatio: number): RecordBody => ({
		kind: 'request.arrived',
		t: 0,
		request: name,
		minimumResolutionRatio,
		deadlineSeconds: 25,
		budgetUsdPerChunk: 1,
		durationSeconds: 100,
	});
	const accepted = (name: string, stream: string, minimumResolutionRatio: number, costUsd: number): RecordBody => ({
		kind: 'request.accepted',
		t: 0,
		request: name,
		stream,
		minimumResolutionRatio,
		placement: [],
		reservations: [],
		objectiveByteKm: 0,
		completionSeconds: 20,
		costUsd,
	});
	return [
		{kind: 'run.started', t: 0, seed: 1, timeScale: 0.1, testbed: 'namespaces'},
		request('r1', 1),
		request('r2', 0.6),
		request('r3', 1),
		accepted('r1', 'full', 1, 0.002),
		accepted('r2', 'half', 0.6, 0.004),
		{kind: 'request.rejected', t: 0, request: 'r3', minimumResolutionRatio: 1, reason: 'workers', detail: 'none left'},
		{kind: 'stream.started', t: 0, stream: 'full', minimumResolutionRatio: 1, resolutionRatio: 1},
		{kind: 'stream.started', t: 0, stream: 'half', minimumResolutionRatio: 0.6, resolutionRatio: 0.6},
		...chunk('full', 0, {latencySeconds: 10}),
		...chunk('full', 1, {latencySeconds: 10}),
		...chunk('full', 2, {latencySeconds: 30, late: true}),
		{kind: 'chunk.produced', t: 30, stream: 'full', sequence: 3, plannedSeconds: 30, sentSeconds: 30, bytes: 1000},
		{kind: 'chunk.lost', t: 55, stream: 'full', sequence: 3, reason: 'stream-stopped'},
		{kind: 'stream.stopped', t: 55, stream: 'full', reason: 'three deadlines missed'},
		...Array.from({length: 8}, (_, sequence) =>
			chunk('half', sequence, {latencySeconds: 20, resolutionRatio: 0.6}),
		).flat(),
		// Heard of before its production, as two pipes may tell it.
		{kind: 'chunk.corrupt', t: 79, stream: 'half', sequence: 8},
		{kind: 'chunk.produced', t: 80, stream: 'half', sequence: 8, plannedSeconds: 80, sentSeconds: 80, bytes: 1000},
		{kind: 'chunk.duplicate', t: 81, stream: 'half', sequence: 7},
		// Warm-up: not counted at all.
		{kind: 'chunk.produced', t: -9, stream: 'half', sequence: 99, plannedSeconds: -10, sentSeconds: -9, bytes: 1000},
		{
			kind: 'chunk.delivered',
			t: -1,
			stream: 'half',
			sequence: 99,
			bytes: 1000,
			resolutionRatio: 1,
			latencySeconds: 9,
			transitSeconds: 8,
			diffSeconds: 0,
			reordered: false,
		},
		{
			kind: 'link.sample',
			t: 50,
			link: 'transit-core',
			from: 'transit',
			capacityBitsPerSecond: 700e6,
			bitsPerSecond: 100e6,
			droppedCount: 2,
			backlogBytes: 0,
		},
		{
			kind: 'link.sample',
			t: 100,
			link: 'transit-core',
			from: 'transit',
			capacityBitsPerSecond: 700e6,
			bitsPerSecond: 300e6,
			droppedCount: 3,
			backlogBytes: 0,
		},
		{
			kind: 'link.sample',
			t: 100,
			link: 'transit-core',
			from: 'core',
			capacityBitsPerSecond: 700e6,
			bitsPerSecond: 1e6,
			droppedCount: 1,
			backlogBytes: 0,
		},
		{
			kind: 'site.sample',
			t: 0,
			site: 'core',
			workersBusy: 0,
			workersReserved: 30,
			workers: 60,
			cpuRatio: 0.2,
			eventLoopLagMsP99: 1,
			bufferedBytes: 0,
		},
		{
			kind: 'site.sample',
			t: 75,
			site: 'core',
			workersBusy: 0,
			workersReserved: 6,
			workers: 60,
			cpuRatio: 0.2,
			eventLoopLagMsP99: 1,
			bufferedBytes: 0,
		},
		{kind: 'run.ended', t: 101, outcome: 'completed'},
	];
}

const asRecords = (bodies: readonly RecordBody[], repeat = 0): StreambedRecord[] =>
	bodies.map(body => ({...body, variant: 'adaptive', repeat}) as StreambedRecord);

async function summariseBodies(bodies: readonly RecordBody[]): Promise<Summary> {
	const folder = writeRun(emptyFolder(), {
		document: runDocument(),
		scenarios: {adaptive: resolvedScenario({timing: {drive: '100s'}})},
		records: asRecords(bodies),
	});
	return summarise(await readRun(folder));
}

function measured(summary: Summary, measure: string, streamClass: number | null = null): number | null | undefined {
	const [variant] = summary.variants;
	return variant && findEstimate(variant, measure, streamClass)?.mean;
}

function isClose(t: ExecutionContext, actual: number | null | undefined, expected: number, toleranceRatio: number) {
	const ok = typeof actual === 'number' && Math.abs(actual - expected) <= toleranceRatio * Math.abs(expected);
	t.true(ok, `actual ${actual}, expected ${expected} within ${toleranceRatio * 100} %`);
}

test('measures of a run that can be counted by hand are what the hand counts', async t => {
	const summary = await summariseBodies(handMade());
	t.deepEqual(summarySchema.parse(summary), summary);
	const expected: ReadonlyArray<readonly [string, number | null, number]> = [
		['requests.arrived', null, 3],
		['requests.accepted', null, 2],
		['requests.rejected', null, 1],
		['requests.rejected.workers', null, 1],
		['requests.rejected.bandwidth', null, 0],
		['acceptanceRatio', null, 2 / 3],
		['acceptanceRatio', 1, 0.5],
		['acceptanceRatio', 0.6, 1],
		['cost.plannedUsdPerChunk', null, 0.003],
		['streams.started', null, 2],
		['streams.concurrentMax', null, 2],
		['streams.stopped', 1, 1],
		['streams.delivering', null, 1],
		['streams.delivering', 1, 0],
		['chunks.produced', null, 13],
		['chunks.delivered', null, 11],
		['chunks.late', null, 1],
		['chunks.lost', null, 1],
		['chunks.corrupt', null, 1],
		['chunks.duplicate', null, 1],
		['chunks.reordered', null, 2],
		['chunks.underWay', null, 0],
		['deadline.hitRatio', null, 10 / 13],
		['deadline.hitRatio', 1, 2 / 4],
		['resolution.mean', null, (3 * 1 + 8 * 0.6) / 11],
		// 11 chunks of 1,000 bytes in 100 scenario seconds, which are 10 real ones.
		['throughput.bitsPerSecond', null, (11 * 8000) / 10],
		['link.transit-core.bitsPerSecond', null, 200e6],
		['link.transit-core.dropped', null, 6],
		['utilisation.core.max', null, 0.5],
		['utilisation.core.mean', null, 0.75 * 0.5 + 0.25 * 0.1],
		['setup.seconds', null, 0.58],
		['setup.seconds.links', null, 0.11],
		// A fifth of a core over 10 real seconds, for 88,000 bits.
		['proxy.cpuSecondsPerGigabit', null, 2 / 88e-6],
		['latency.e2eMs.max', null, 30_000],
	];
	for (const [measure, streamClass, value] of expected) {
		const actual = measured(summary, measure, streamClass);
		t.true(
			typeof actual === 'number' && Math.abs(actual - value) <= 1e-9 * Math.max(1, Math.abs(value)),
			`${measure} of ${streamClass}: actual ${actual}, expected ${value}`,
		);
	}
	isClose(t, measured(summary, 'latency.e2eMs.p50'), 20_000, 0.001);
	isClose(t, measured(summary, 'latency.e2eMs.p99'), 30_000, 0.001);
	isClose(t, measured(summary, 'latency.transitMs.p50', 1), 9500, 0.001);
});

test('every chunk has one fate, and an account that does not add up is told', async t => {
	const good = await summariseBodies(handMade());
	t.deepEqual(good.variants[0]?.repeats[0]?.accounting, {
		produced: 13,
		delivered: 11,
		lost: 1,
		corrupt: 1,
		underWay: 0,
		balanced: true,
	});

	const twoFates = await summariseBodies([
		...handMade(),
		{kind: 'chunk.lost', t: 90, stream: 'half', sequence: 0, reason: 'not-delivered'},
	]);
	t.false(twoFates.variants[0]?.repeats[0]?.accounting.balanced);

	const noBeginning = await summariseBodies([
		...handMade(),
		{kind: 'chunk.corrupt', t: 90, stream: 'half', sequence: 50},
	]);
	t.regex(noBeginning.variants[0]?.repeats[0]?.accounting.problem ?? '', /no beginning/);

	const noEnd = await summariseBodies(handMade().filter(({kind}) => kind !== 'chunk.lost'));
	t.like(noEnd.variants[0]?.repeats[0]?.accounting, {underWay: 1, balanced: false});

	const killed = await summariseBodies(handMade().filter(({kind}) => kind !== 'chunk.lost' && kind !== 'run.ended'));
	t.like(killed.variants[0]?.repeats[0]?.accounting, {underWay: 1, balanced: true});
});

test('a stream delivers for two periods after a chunk, and no longer once it is stopped', async t => {
	const folder = writeRun(emptyFolder(), {
		document: runDocument(),
		scenarios: {adaptive: resolvedScenario({timing: {drive: '100s'}})},
		records: asRecords(handMade()),
	});
	const [run] = (await readRun(folder)).runs;
	if (!run) {
		return t.fail('the run was not read');
	}
	// Chunks of the full stream arrive at 10, 20 and 50 s; it is stopped at 55 s.
	const instants = [9.9, 10, 39.9, 40.1, 50, 54.9, 55.1];
	t.deepEqual(
		instants.map(seconds => deliveringCount(run, 1, seconds)),
		[0, 1, 1, 0, 1, 1, 0],
	);
	t.deepEqual(
		[109.9, 110.1].map(seconds => deliveringCount(run, 0.6, seconds)),
		[1, 0],
	);
	t.is(deliveredResolution(run, null, 50), (1 + 0.6) / 2);
	t.is(deliveredResolution(run, 1, 45), undefined);
});

/** A chunk every 10 s that takes 9 s, but for those that are told otherwise: slower, late, or lost. */
function chunksEachTenSeconds(
	fateOf: (plannedSeconds: number) => {
		readonly latencySeconds?: number;
		readonly late?: boolean;
		readonly lost?: boolean;
	},
): RecordBody[] {
	return Array.from({length: 39}, (_, sequence) => sequence).flatMap((sequence): RecordBody[] => {
		const plannedSeconds = sequence * 10;
		const {latencySeconds = 9, late = false, lost = false} = fateOf(plannedSeconds);
		const t = plannedSeconds + latencySeconds;
		const chunk = {stream: 's', sequence};
		return [
			{...chunk, kind: 'chunk.produced', t: plannedSeconds, plannedSeconds, sentSeconds: plannedSeconds, bytes: 7},
			lost
				? {...chunk, kind: 'chunk.lost', t, reason: 'not-delivered'}
				: {
						...chunk,
						kind: 'chunk.delivered',
						t,
						bytes: 7,
						resolutionRatio: 1,
						latencySeconds,
						transitSeconds: latencySeconds,
						diffSeconds: 0,
						reordered: false,
					},
			...(late ? [{...chunk, kind: 'chunk.late', t, latenessSeconds: 1} as const] : []),
		];
	});
}

/** Summarises chunks while a link is changed at these instants. */
async function summariseChanged(bodies: readonly RecordBody[], instants: readonly number[] = [100]) {
	const changes = instants.map(
		(seconds): RecordBody => ({
			kind: 'link.changed',
			t: seconds + 0.1,
			link: 'transit-core',
			rateBitsPerSecond: 2e8,
			requestedSeconds: seconds,
			appliedSeconds: seconds + 0.1,
			observedSeconds: seconds + 0.1,
		}),
	);
	return summarise(
		await readRun(
			writeRun(emptyFolder(), {
				document: runDocument(),
				scenarios: {adaptive: resolvedScenario({timing: {drive: '400s'}})},
				records: asRecords([...bodies, ...changes, {kind: 'run.ended', t: 400, outcome: 'completed'}]),
			}),
		),
	);
}

test('recovery lasts until chunks come in time and as fast as before for a whole window, and says why it is not known', async t => {
	const isHit = (planned: number) => planned >= 100 && planned <= 150;
	const recovered = async (...asked: Parameters<typeof summariseChanged>) => {
		const [variant] = (await summariseChanged(...asked)).variants;
		const found = variant && findEstimate(variant, 'recovery.seconds');
		return found?.mean ?? found?.reason;
	};
	const late = chunksEachTenSeconds(planned => ({late: isHit(planned)}));
	// The first chunk that is as before again was planned for 160 s, and came at 169 s.
	t.is(measured(await summariseChanged(late), 'recovery.seconds.transit-core@100s'), 69);
	t.is(
		await recovered(chunksEachTenSeconds(planned => (isHit(planned) ? {latencySeconds: 12} : {}))),
		69,
		'in time, but slow',
	);
	t.is(await recovered(chunksEachTenSeconds(planned => ({lost: isHit(planned)}))), 69, 'lost');
	t.is(await recovered(late.filter(({kind}) => kind !== 'chunk.late')), 0, 'nothing was seen of the event');
	t.is(
		await recovered(late.filter(({t: seconds}) => seconds < 190)),
		'transit-core@100s: chunks came as before only for the last 20\u00a0s, too short to tell',
	);
	t.is(
		await recovered(chunksEachTenSeconds(planned => (planned >= 100 ? {latencySeconds: 12} : {}))),
		'transit-core@100s: chunks came in time again, but slower than before, until the end',
	);
	t.is(await recovered(late, [0]), 'transit-core@0s: no chunk had come before the event to compare with');
	// The second change falls into what the first one left: both last until the same chunk.
	const twice = await summariseChanged(late, [100, 140]);
	t.is(measured(twice, 'recovery.seconds.transit-core@140s'), 29);
	t.is(measured(twice, 'recovery.seconds'), 69, 'the longest');
});

test('bytes are lost with the chunks that did not come', async t => {
	const summary = await summariseChanged(chunksEachTenSeconds(planned => ({lost: planned === 50 || planned === 70})));
	t.is(measured(summary, 'chunks.lostBytes'), 14);
});

test('expectations hold, fail, or say why they were not measured', async t => {
	const expect = [
		{measure: 'streams.delivering', at: '30s', equals: 2},
		{measure: 'streams.delivering', where: {minimumResolution: '100%'}, at: '60s', atLeast: 1},
		{measure: 'acceptanceRatio', atLeast: 0.6, atMost: 0.7},
		{measure: 'chunks.lost', equals: 0},
		{measure: 'utilisation.core', at: '80s', equals: 0.1},
		{measure: 'no.such.measure', equals: 0},
		{measure: 'resolution.mean', where: {minimumResolution: '60%'}, at: '50s', equals: 0.6},
		{variant: 'another', measure: 'chunks.lost', equals: 0},
	];
	const folder = writeRun(emptyFolder(), {
		document: runDocument(),
		scenarios: {adaptive: resolvedScenario({timing: {drive: '100s'}, expect})},
		records: asRecords(handMade()),
	});
	const data = await readRun(folder);
	const results = evaluateExpectations(data, summarise(data));
	t.deepEqual(
		results.map(({passed}) => passed),
		[true, false, true, false, true, false, true],
	);
	t.deepEqual(results[3]?.actual, [1]);
	t.regex(results[5]?.notMeasured ?? '', /no\.such\.measure/);
});

test('a last line that is cut short is stood, in plain and in compressed records', async t => {
	const options = {
		document: runDocument({status: 'running', outcomes: []}),
		scenarios: {adaptive: resolvedScenario({timing: {drive: '100s'}})},
	};
	const bodies = handMade().filter(({kind}) => kind !== 'run.ended');
	const folder = writeRun(emptyFolder(), {...options, records: asRecords(bodies), tail: '{"kind":"chunk.prod'});
	const plain = await readRun(folder);
	t.like(plain, {cutShort: true, recordCount: bodies.length});
	t.like(summarise(plain).variants[0]?.repeats[0], {counted: false, verdict: null});

	const whole = await readRun(writeRun(emptyFolder(), {...options, records: asRecords(bodies)}));
	t.false(whole.cutShort);

	const compressed = zstdCompressSync(readFileSync(join(folder, 'records.ndjson')));
	const zipped = emptyFolder();
	for (const name of ['run.json', 'scenario.json']) {
		writeFileSync(join(zipped, name), readFileSync(join(folder, name)));
	}
	writeFileSync(join(zipped, 'records.ndjson.zst'), compressed);
	t.deepEqual(summarise(await readRun(zipped)), summarise(plain));
	writeFileSync(join(zipped, 'records.ndjson.zst'), compressed.subarray(0, compressed.length - 40));
	t.true((await readRun(zipped)).cutShort);
});

test('damage in the middle of the records is an error that names the line', async t => {
	const folder = writeRun(emptyFolder(), {
		document: runDocument(),
		scenarios: {adaptive: resolvedScenario()},
		records: asRecords(handMade()),
	});
	const path = join(folder, 'records.ndjson');
	const lines = readFileSync(path, 'utf8').split('\n');
	writeFileSync(path, [...lines.slice(0, 4), lines[4]?.slice(0, 20), ...lines.slice(5)].join('\n'));
	await t.throwsAsync(readRun(folder), {code: 'RUN_FOLDER_INVALID', message: /line 5 is not JSON/});
	writeFileSync(path, lines.join('\n').replace('"request":"r2"', '"request":2'));
	await t.throwsAsync(readRun(folder), {code: 'RUN_FOLDER_INVALID', message: /request/});
});

test('invalid repeats are shown and left out of the statistics', async t => {
	const document = runDocument({repeats: 3});
	const records = [0, 1, 2].flatMap(repeat =>
		asRecords(
			repeat === 1 ? handMade().filter(body => !('stream' in body) || body.stream !== 'half') : handMade(),
			repeat,
		),
	);
	const outcomes = document.outcomes.map(outcome => ({
		...outcome,
		verdict: outcome.repeat === 1 ? ('invalid' as const) : outcome.verdict,
	}));
	const folder = writeRun(emptyFolder(), {
		document: {...document, outcomes},
		scenarios: {adaptive: resolvedScenario({timing: {drive: '100s'}})},
		records,
	});
	const summary = summarise(await readRun(folder));
	t.deepEqual(
		summary.variants[0]?.repeats.map(({counted}) => counted),
		[true, false, true],
	);
	t.is(measured(summary, 'chunks.delivered'), 11);
	t.is(summary.variants[0]?.repeats[1]?.measures.find(({measure}) => measure === 'chunks.delivered')?.value, 3);
});

test('the interval of a mean is Student’s, by the published quantiles', t => {
	// Two-sided 95 %, from the tables of any statistics text.
	for (const [degrees, quantile] of [
		[1, 12.7062],
		[2, 4.30265],
		[9, 2.26216],
		[29, 2.04523],
		[1000, 1.96234],
	] as const) {
		isClose(t, studentQuantile(degrees), quantile, 1e-5);
	}
	const found = estimate([1, 2, 3]);
	isClose(t, found?.interval?.high, 2 + 4.30265 / Math.sqrt(3), 1e-5);
	t.is(estimate([7])?.interval, null);
	t.is(estimate([]), null);
});

test('percentiles of sorted latencies are those of a histogram of three significant digits', t => {
	const chance = randomStream(1, 'latencies');
	for (const count of [1, 2, 3, 10, 99, 100, 101, 700, 1000, 3000]) {
		// From none to hours, evenly over the orders of magnitude, some of them several times.
		const latencies = Array.from({length: count}, () => Math.floor(2 ** (chance.next() * 34)) - 1);
		const sorted = Float64Array.from([...latencies, ...latencies.slice(0, count / 3)]).sort();
		const histogram = build({bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3});
		for (const latency of sorted) {
			histogram.recordValue(latency);
		}
		for (const percentile of [0.1, 1, 25, 50, 75, 90, 99, 99.9, 99.99, 100]) {
			t.is(
				percentileOf(sorted, percentile),
				histogram.getValueAtPercentile(percentile),
				`${percentile} of ${sorted.length}`,
			);
		}
	}
});
