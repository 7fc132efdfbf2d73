import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {compare} from '#cli/compare.ts';
import {packageRoot} from '#core/package-root.ts';
import type {StreambedRecord} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {compareRuns} from '#reports/compare.ts';
import {explanationsFor} from '#reports/compare-explanations.ts';
import {writePlausibleRun} from './fixtures/plausible-run.ts';
import {temporaryFolders} from './fixtures/temporary-folders.ts';
import {resolvedScenario, runDocument, writeRun} from './fixtures/write-run.ts';

const emptyFolder = temporaryFolders();
const variant = 'adaptive';
const who = {variant, repeat: 0};

/** A stream of six chunks, each `transitSeconds` under way; the link changes after the fourth. */
function writeStream({
	transitSeconds = 20,
	resolutionRatio = 1,
	acceptedCount = 1,
	lateSeconds = 0,
	lagMs = 0,
	detectionSeconds = 0,
	isModel = false,
	sharing = 'reserved',
}: {
	readonly transitSeconds?: number;
	readonly resolutionRatio?: number;
	readonly acceptedCount?: number;
	readonly lateSeconds?: number;
	readonly lagMs?: number;
	readonly detectionSeconds?: number;
	readonly isModel?: boolean;
	readonly sharing?: 'reserved' | 'tcp';
}): string {
	const requests = Array.from({length: 2}, (_, index) => index).flatMap((index): StreambedRecord[] => {
		const request = {t: 0, ...who, request: `r${index}`, minimumResolutionRatio: 0.6};
		const answer: StreambedRecord =
			index < acceptedCount
				? {
						kind: 'request.accepted',
						...request,
						stream: `s${index}`,
						placement: [],
						reservations: [],
						objectiveByteKm: 0,
						completionSeconds: 25,
						costUsd: 0,
					}
				: {kind: 'request.rejected', ...request, reason: 'bandwidth', detail: 'none left'};
		return [
			{kind: 'request.arrived', ...request, deadlineSeconds: 25, budgetUsdPerChunk: 1, durationSeconds: 100},
			answer,
		];
	});
	const chunks = Array.from({length: 6}, (_, sequence) => sequence).flatMap((sequence): StreambedRecord[] => {
		const plannedSeconds = sequence * 10;
		const sentSeconds = plannedSeconds + lateSeconds;
		const chunk = {...who, stream: 's0', sequence, bytes: 1_000_000};
		return [
			{kind: 'chunk.produced', t: sentSeconds, ...chunk, plannedSeconds, sentSeconds},
			{
				kind: 'chunk.delivered',
				t: sentSeconds + transitSeconds,
				...chunk,
				resolutionRatio,
				latencySeconds: transitSeconds + lateSeconds,
				transitSeconds,
				diffSeconds: 0,
				reordered: false,
			},
		];
	});
	const records: StreambedRecord[] = [
		...requests,
		{kind: 'stream.started', t: 0, ...who, stream: 's0', minimumResolutionRatio: 0.6, resolutionRatio},
		...chunks,
		{
			kind: 'site.sample',
			t: 5,
			...who,
			site: 'edge',
			workersBusy: 1,
			workersReserved: 1,
			workers: 10,
			cpuRatio: 0,
			eventLoopLagMsP99: lagMs,
			bufferedBytes: 0,
		},
		{
			kind: 'link.changed',
			t: 55,
			...who,
			link: 'transit-core',
			rateBitsPerSecond: 2e8,
			requestedSeconds: 55,
			appliedSeconds: 55,
			observedSeconds: 55 + detectionSeconds,
		},
		{kind: 'run.ended', t: 100, ...who, outcome: 'completed'},
	];
	const document = runDocument();
	return writeRun(emptyFolder(), {
		document: isModel
			? {
					...document,
					testbed: 'simulated',
					outcomes: document.outcomes.map(outcome => ({...outcome, calibration: []})),
				}
			: document,
		scenarios: {[variant]: resolvedScenario({timing: {drive: '100s'}, stack: {sharing}})},
		records,
	});
}

const held = async (a: string, b: string) =>
	(await compareRuns(a, b)).agreements.map(({value, holds}) => [value, holds]);

test('two runs agree by streams at each second, mean resolution and requests, and each mark can fail alone', async t => {
	const model = writeStream({isModel: true});
	t.deepEqual(await held(model, writeStream({})), [
		[1, true],
		[0, true],
		[0, true],
	]);
	const [, resolution, requests] = await held(model, writeStream({resolutionRatio: 0.94, acceptedCount: 2}));
	t.true(Math.abs(Number(resolution?.[0]) - 0.06) < 1e-9, `${resolution?.[0]}`);
	t.false(resolution?.[1]);
	t.deepEqual(requests, [1, false]);
});

test('streams that stop in one run only show as seconds in which the two differ by more than one', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const other = writePlausibleRun(emptyFolder());
	// The second run says of its adaptive variant what the first says of tcp, where nobody stops.
	const path = join(other, 'records.ndjson');
	const swapped = readFileSync(path, 'utf8')
		.replaceAll('"variant":"adaptive"', '"variant":"x"')
		.replaceAll('"variant":"tcp"', '"variant":"adaptive"')
		.replaceAll('"variant":"x"', '"variant":"tcp"');
	writeFileSync(path, swapped);
	const [seconds] = (await compareRuns(folder, other)).agreements;
	t.log(`${seconds?.value}`);
	t.true((seconds?.value ?? 1) < 0.6);
	t.false(seconds?.holds);
});

test('what differs in the records is said with both numbers, and named beside the measures that it moves', async t => {
	const a = writeStream({isModel: true});
	const b = writeStream({transitSeconds: 20.3, lateSeconds: 0.1, lagMs: 4, detectionSeconds: 0.2});
	const {explanations, measures, comparable} = await compareRuns(a, b);
	t.true(comparable);
	const numbers = explanations.map(({fact, a: one, b: other}) => [
		fact.split(/[,:]/)[0],
		one,
		Number(other.toFixed(4)),
	]);
	t.deepEqual(numbers, [
		['headers that links carry on top of the data', 0, 0.0472],
		['largest error of a link’s rate', 0, 0.003],
		['the same chunk', 20, 20.3],
		['of that', 0, 0.3],
		['lateness of the sender', 0, 0.1],
		['event-loop lag of the slowest program', 0, 4],
		['from a link’s change to its detection', 0, 0.2],
	]);
	const reasonsOf = (name: string) => {
		const compared = measures.find(
			({measure, minimumResolutionRatio}) => measure === name && minimumResolutionRatio === null,
		);
		return compared ? explanationsFor(compared, explanations).map(one => explanations.indexOf(one) + 1) : undefined;
	};
	t.deepEqual(reasonsOf('latency.e2eMs.p50'), [2, 3, 4, 5, 6]);
	t.deepEqual(reasonsOf('latency.transitMs.p50'), [2, 3, 4, 6]);
	t.deepEqual(reasonsOf('streams.started'), [], 'what does not differ needs no explanation');
});

test('headers slow the chunks of senders that share by TCP, by their share of the transfer', async t => {
	const sides = {isModel: [true, false], transitSeconds: [20.75, 21]} as const;
	const [a, b] = [0, 1].map(index =>
		writeStream({
			sharing: 'tcp',
			isModel: sides.isModel[index] ?? false,
			transitSeconds: sides.transitSeconds[index] ?? 0,
		}),
	);
	const {explanations} = await compareRuns(a ?? '', b ?? '');
	const ofTransit = explanations.filter(({fact}) => fact.startsWith('of that')).map(({b: value}) => value);
	// Two seconds of the model's transit are transfers; service takes the other 18.75.
	t.true(Math.abs((ofTransit[0] ?? 0) - 2 * 0.0472) < 1e-3, `${ofTransit[0]}`);
	t.true(
		Math.abs((ofTransit[0] ?? 0) + (ofTransit[1] ?? 0) - 0.25) < 1e-9,
		'headers and the rest make up the difference',
	);
});

test('runs of another seed have that for their one obstacle, and nothing is said to hold between them', async t => {
	const shipped = join(packageRoot, 'scenarios/quickstart.yaml');
	const [first, second] = [1, 2].map(seed => loadScenario(shipped, {set: [`seed=${seed}`, 'repeat=2']}));
	t.is(first?.sha256, second?.sha256);
	t.not(first?.sha256, loadScenario(shipped, {set: ['stack.policy=static']}).sha256);
	const [a, b] = [writeStream({}), writeStream({})];
	const path = join(b, 'run.json');
	writeFileSync(path, JSON.stringify({...JSON.parse(readFileSync(path, 'utf8')), seed: 99}));
	t.is((await compareRuns(a, b)).obstacles.length, 1);
	const page = join(emptyFolder(), 'compare.html');
	const printed: string[] = [];
	const error = await t.throwsAsync(compare({a, b, json: false, page, write: text => printed.push(text)}));
	t.regex(error.message, /cannot be compared: the seeds differ: \d+ and 99$/);
	t.regex(printed.join(''), /^a: .*\nb: .*\nNOT comparable.*\n {2}the seeds differ/);
	for (const text of [printed.join(''), readFileSync(page, 'utf8')]) {
		t.notRegex(text, /: (holds|does not hold)/);
	}
});

test('two real runs are compared as well, and the page of a comparison needs nothing but itself', async t => {
	const [a, b] = [writeStream({}), writeStream({transitSeconds: 21})];
	const page = join(emptyFolder(), 'made/compare.html');
	const printed: string[] = [];
	t.is(await compare({a, b, json: false, page, write: text => printed.push(text)}), 0);
	t.regex(printed.join(''), /latency\.e2eMs\.p50\s+│\s+20\ss │\s+21\ss │\s+\+5\.0\d\s% │ 1/);
	t.regex(printed.join(''), /fact 1: the same chunk.*20\u00a0s → 21\u00a0s/);
	t.notRegex(printed.join(''), /model leaves out/, 'two real runs have no model between them');
	const text = readFileSync(page, 'utf8');
	t.regex(text, /Comparable\./);
	t.regex(text, /holds/);
	t.notRegex(text, /(src|href)="(?!data:|#)/);
	t.notRegex(text, /undefined|NaN|\[object/);
});
