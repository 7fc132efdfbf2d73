import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {StreambedError} from '#core/errors.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {parseScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {scenarioSchema} from '#core/scenario/schema.ts';
import {Engine} from '#testbeds/simulated/engine.ts';
import {FluidNetwork} from '#testbeds/simulated/fluid-network.ts';
import {type Priority, priorities} from '#testbeds/simulated/priorities.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import {temporaryFolders} from '../reports/fixtures/temporary-folders.ts';
import {ofKind} from '../support/of-kind.ts';

const never = () => new AbortController().signal;
const newEngine = (limits = {}) => new Engine({eventCountMax: 1e9, pendingCountMax: 1e6, ...limits});

function close(t: ExecutionContext, actual: number | undefined, expected: number, tolerance = 1e-9): void {
	t.true(
		actual !== undefined && Math.abs(actual - expected) <= tolerance,
		`actual ${actual}, expected ${expected}, tolerance ${tolerance}`,
	);
}

test('events happen in the order of time, priority and sequence, and cancelled ones do not', async t => {
	const event = fc.record({seconds: fc.integer({min: 0, max: 5}), priority: fc.integer({min: 0, max: 7})});
	await fc.assert(
		fc.asyncProperty(fc.array(event, {maxLength: 200}), fc.array(fc.nat(199)), async (events, cancelled) => {
			const engine = newEngine();
			const happened: number[] = [];
			const handles = events.map(({seconds, priority}, index) =>
				engine.at(seconds, priority as Priority, () => happened.push(index)),
			);
			const gone = new Set(cancelled.filter(index => index < events.length));
			for (const index of gone) {
				t.true(engine.cancel(handles[index] as number));
			}
			t.is(engine.pendingCount, events.length - gone.size);
			await engine.run(never());
			const expected = events
				.map(({seconds, priority}, index) => ({seconds, priority, index}))
				.filter(({index}) => !gone.has(index))
				.sort((a, b) => a.seconds - b.seconds || a.priority - b.priority || a.index - b.index)
				.map(({index}) => index);
			t.deepEqual(happened, expected);
		}),
	);
});

test('a handle names its event only: cancelling it later leaves the next event in its slot alone', async t => {
	const engine = newEngine();
	const happened: string[] = [];
	const first = engine.at(1, priorities.movement, () => happened.push('first'));
	t.true(engine.cancel(first));
	engine.at(2, priorities.movement, () => happened.push('second'));
	t.false(engine.cancel(first));
	await engine.run(never());
	t.deepEqual(happened, ['second']);
	t.is(engine.nowSeconds, 2);
});

test('the engine says when there are too many events, in all or at once, and refuses the past', async t => {
	const endless = newEngine({eventCountMax: 1000});
	const again = () => {
		endless.at(endless.nowSeconds + 1, priorities.movement, again);
	};
	again();
	const error = await t.throwsAsync(() => endless.run(never()), {instanceOf: StreambedError});
	t.is((error as StreambedError).code, 'LIMIT_REACHED');
	t.is(endless.handledCount, 1000);
	const crowded = newEngine({pendingCountMax: 2});
	crowded.at(1, priorities.movement, again);
	crowded.at(1, priorities.movement, again);
	t.throws(() => crowded.at(1, priorities.movement, again), {message: /2 events .* are waiting/});
	t.throws(() => endless.at(0, priorities.movement, again), {message: /past/});
});

test('an endless simulation ends when its signal is aborted', async t => {
	const engine = newEngine();
	const again = () => {
		engine.at(engine.nowSeconds + 1, priorities.movement, again);
	};
	again();
	const halt = new AbortController();
	setImmediate(() => halt.abort(new Error('enough')));
	await t.throwsAsync(() => engine.run(halt.signal), {message: 'enough'});
});

/** Two links in a row, and when each of the transfers on them ends. */
async function transfers(
	asked: ReadonlyArray<{
		readonly links: readonly string[];
		readonly cap?: number;
		readonly megabits: number;
		readonly at?: number;
	}>,
	change?: (network: FluidNetwork, engine: Engine) => void,
): Promise<readonly number[]> {
	const engine = newEngine();
	const links = scenario({}).topology.links;
	const network = new FluidNetwork({engine, links});
	const from: Record<string, string> = {first: 'camera', second: 'worker'};
	const ends: number[] = asked.map(() => Number.NaN);
	for (const [index, {links: names, cap, megabits, at = 0}] of asked.entries()) {
		engine.at(at, priorities.production, () => {
			const way = network.way({
				channels: names.map(name => network.channel(name, from[name] ?? '')),
				onEnd: () => {
					ends[index] = engine.nowSeconds;
				},
			});
			network.start(way, {bytes: (megabits * 1e6) / 8, capBitsPerSecond: cap ?? Number.POSITIVE_INFINITY});
		});
	}
	change?.(network, engine);
	await engine.run(never());
	return ends;
}

test('a transfer alone has the link; where nothing is enforced, transfers share it equally as they come and go', async t => {
	t.deepEqual(await transfers([{links: ['first'], megabits: 20}]), [2]);
	// 10 Mbit/s: 1 s alone, then halves until the first is through at 3 s, and the rest of the second alone.
	const [first, second] = await transfers([
		{links: ['first'], megabits: 20},
		{links: ['first'], megabits: 20, at: 1},
	]);
	close(t, first, 3);
	close(t, second, 4);
});

test('a capped transfer runs at its cap, and a link that falls changes rates in the middle of it', async t => {
	t.deepEqual(await transfers([{links: ['first'], megabits: 20, cap: 4e6}]), [5]);
	const [cut] = await transfers([{links: ['first'], megabits: 20, cap: 8e6}], (network, engine) => {
		engine.at(1, priorities.linkChange, () => network.setCapacity('first', 2e6));
	});
	close(t, cut, 1 + 12 / 2);
});

test('over two links rates are max-min fair: who is held up elsewhere leaves the rest to the others', async t => {
	// first: 10 Mbit/s for two, so 5 each; second: 20 Mbit/s, of which the long one takes 5 and the other 15.
	const [long, short, other] = await transfers([
		{links: ['first', 'second'], megabits: 5},
		{links: ['first'], megabits: 5},
		{links: ['second'], megabits: 15},
	]);
	close(t, long, 1);
	close(t, short, 1);
	close(t, other, 1);
});

/** camera —first 10 Mbit/s— worker —second 20 Mbit/s— user, one stage of 1 s, chunks of 1 MB every 10 s. */
function scenario(changes: Record<string, unknown>): Scenario {
	return scenarioSchema.parse({...raw, ...changes});
}

const raw = {
	streambed: 1,
	title: 'three sites in a row',
	topology: {
		sites: {
			camera: {role: 'producer'},
			worker: {role: 'compute', tier: 'edge', workers: 3},
			user: {role: 'consumer'},
		},
		links: [
			{name: 'first', between: ['camera', 'worker'], rate: '10Mbit/s', delay: '100ms'},
			{name: 'second', between: ['worker', 'user'], rate: '20Mbit/s'},
		],
	},
	workload: {
		chunk: {bytes: '1MB', every: '10s'},
		stages: [{name: 'window', service: '1s'}],
		requests: [{count: 1, deadline: '4s', minimumResolution: '50%'}],
	},
	timing: {drive: '60s'},
};

async function simulate(changes: Record<string, unknown> = {}, {seed = 1, signal = never()} = {}) {
	const records: RecordBody[] = [];
	const end = await simulateVariant({scenario: scenario(changes), seed, signal, emit: one => records.push(one)});
	return {end, records};
}

test('one stream alone: every chunk arrives after its transfers, delay and service, ρ² of it on the second link', async t => {
	const {end, records} = await simulate({stack: {policy: 'static'}});
	t.is(end.outcome, 'completed');
	const delivered = ofKind(records, 'chunk.delivered');
	t.deepEqual(
		ofKind(records, 'chunk.produced').map(({plannedSeconds}) => plannedSeconds),
		[2, 12, 22, 32, 42, 52],
	);
	t.is(delivered.length, 6);
	for (const {latencySeconds, bytes, resolutionRatio} of delivered) {
		// Alone on both links, the stream has all of their rates.
		close(t, latencySeconds, 0.8 + 0.1 + 1 + 0.1);
		t.deepEqual([bytes, resolutionRatio], [250_000, 0.5]);
	}
	t.deepEqual(
		ofKind(records, 'run.phase').map(({phase, status, t: at}) => [phase, status, at]),
		[
			['drive', 'begun', 0],
			['drive', 'done', 60],
			['drain', 'begun', 60],
			['drain', 'done', 60],
		],
	);
});

test('resolution rises while chunks come early, and the change holds for the next chunk whose first service ends', async t => {
	const {records} = await simulate({
		workload: {...raw.workload, requests: [{deadline: '8s', minimumResolution: '50%'}]},
	});
	const steps = ofKind(records, 'stream.resolution');
	t.true(steps.length >= 3);
	t.deepEqual(
		ofKind(records, 'chunk.delivered').map(({resolutionRatio}) => resolutionRatio),
		[0.5, ...steps.map(({resolutionRatio}) => resolutionRatio)].slice(0, 6),
	);
});

test('a timeline event is felt at its instant, and what a stopped stream had under way is lost', async t => {
	const {records} = await simulate({
		timeline: [{at: '20.4s', link: 'first', rate: '500kbit/s'}],
		timing: {drive: '120s'},
	});
	const [change] = ofKind(records, 'link.changed');
	t.is(change?.appliedSeconds, 20.4);
	const [stopped] = ofKind(records, 'stream.stopped');
	t.truthy(stopped);
	t.true(ofKind(records, 'chunk.late').length >= 3);
	const lost = ofKind(records, 'chunk.lost');
	t.true(lost.length > 0 && lost.every(({reason}) => reason === 'stream-stopped'));
	const produced = ofKind(records, 'chunk.produced');
	t.is(produced.length, ofKind(records, 'chunk.delivered').length + lost.length);
	t.true(produced.every(({t: at}) => at < (stopped?.t ?? 0)));
	t.is(ofKind(records, 'site.sample').at(-1)?.bufferedBytes, 0);
});

test('driving ends in a drain: what does not arrive in its time is lost, and said so', async t => {
	const slow = {...raw.workload, stages: [{name: 'window', service: '9s'}], requests: [{deadline: '30s'}]};
	const patient = await simulate({workload: slow, timing: {drive: '60s', drain: '60s'}});
	t.is(ofKind(patient.records, 'chunk.lost').length, 0);
	const hasty = await simulate({workload: slow, timing: {drive: '60s', drain: '1s'}});
	t.deepEqual(
		ofKind(hasty.records, 'chunk.lost').map(({sequence, reason}) => [sequence, reason]),
		[[5, 'not-delivered']],
	);
	t.is(hasty.records.at(-1)?.t, 61);
});

test('what a link carried is what its samples say, at the capacity that it had', async t => {
	const {records} = await simulate({stack: {policy: 'static'}});
	const samples = ofKind(records, 'link.sample').filter(({link, from}) => link === 'first' && from === 'camera');
	const carriedBits = samples.reduce((sum, {bitsPerSecond}) => sum + (bitsPerSecond * 60) / 360, 0);
	close(t, carriedBits, 6 * 8e6, 1);
	t.true(
		samples.every(({capacityBitsPerSecond, bitsPerSecond}) => bitsPerSecond <= capacityBitsPerSecond * (1 + 1e-9)),
	);
	const reserved = ofKind(records, 'site.sample').filter(({site}) => site === 'worker');
	t.is(Math.max(...reserved.map(({workersReserved}) => workersReserved)), 1);
	t.is(Math.max(...reserved.map(({workersBusy}) => workersBusy)), 1);
});

test('records of a scaled scenario speak of scenario time and of the bytes that would cross real links', async t => {
	const [full, scaled] = await Promise.all([simulate(), simulate({timeScale: 0.1})]);
	const times = ({records}: typeof full) => ofKind(records, 'chunk.delivered').map(({t: at}) => at);
	t.deepEqual(times(scaled), times(full));
	t.is(ofKind(scaled.records, 'chunk.produced')[0]?.bytes, 100_000);
});

const chancy = {
	workload: {
		...raw.workload,
		arrivals: {law: 'normal', mean: '20s', sd: '10s', within: ['0s', '40s']},
		requests: [{count: 20, deadline: '6s', minimumResolution: '60%', duration: {uniform: ['5s', '30s']}}],
	},
};

test('the same seed gives the same bytes; another seed changes arrivals and what follows, and not how many ask', async t => {
	const [one, same, other] = await Promise.all([simulate(chancy), simulate(chancy), simulate(chancy, {seed: 2})]);
	const text = ({records}: typeof one) => records.map(record => JSON.stringify(record)).join('\n');
	t.is(text(one), text(same));
	t.not(text(one), text(other));
	const asked = ({records}: typeof one) => ofKind(records, 'request.arrived');
	t.is(asked(other).length, 20);
	t.true(asked(one).every(({t: at}) => Number.isInteger(Math.round(at * 1e9)) && Math.round(at * 1e9) / 1e9 === at));
	const fixed = await Promise.all([simulate({}, {seed: 1}), simulate({}, {seed: 2})]);
	t.is(text(fixed[0]), text(fixed[1]));
});

test('what a stream gives back at an instant is there for the request of that instant', async t => {
	const file = requestsFile(['0,18,1,3,1', '20,10,1,3,1', '25,10,1,3,1']);
	const {records} = await simulateFile(file, {workers: 1});
	// The first ends 18 s after its first chunk at 2 s: at 20 s, when the second asks. The third finds the worker taken.
	t.deepEqual(
		[...ofKind(records, 'request.accepted'), ...ofKind(records, 'request.rejected')].map(({request}) => request),
		['r001', 'r002', 'r003'],
	);
	t.is(ofKind(records, 'request.rejected')[0]?.reason, 'workers');
});

test('requests of a file are replayed exactly, whatever the seed', async t => {
	const file = requestsFile(['3.25,12.5,0.7,8,0.5', '', '1.123456789012,20,1,9,2']);
	const [one, two] = await Promise.all([simulateFile(file, {seed: 1}), simulateFile(file, {seed: 2})]);
	t.deepEqual(one.records, two.records);
	t.deepEqual(
		ofKind(one.records, 'request.arrived').map(({kind: _, ...request}) => request),
		[
			{
				t: 1.123456789012,
				request: 'r002',
				minimumResolutionRatio: 1,
				deadlineSeconds: 9,
				budgetUsdPerChunk: 2,
				durationSeconds: 20,
			},
			{
				t: 3.25,
				request: 'r001',
				minimumResolutionRatio: 0.7,
				deadlineSeconds: 8,
				budgetUsdPerChunk: 0.5,
				durationSeconds: 12.5,
			},
		],
	);
});

test('a file of requests is refused with every mistake, each with its line', t => {
	const mistakes = (rows: readonly string[], header?: string) =>
		t.throws(() => loadFile(requestsFile(rows, header)), {instanceOf: StreambedError}).message;
	const message = mistakes(['1,2,0.5,8,1', '-1,2,0.5,8,1', '1,2,50,8,1', '1,2,0.5,8', '1,x,0.5,0,1']);
	t.regex(message, /requests\.csv:3 {2}atSeconds: “-1” is not a number of seconds/);
	t.regex(message, /requests\.csv:4 {2}minimumResolutionRatio: it is a share from 0\.01 to 1/);
	t.regex(message, /requests\.csv:5 {2}a request has five values/);
	t.regex(message, /requests\.csv:6 {2}durationSeconds: “x” is not/);
	t.regex(message, /requests\.csv:6 {2}deadlineSeconds: it is/);
	t.regex(mistakes(['1,2,0.5,8,1'], 'at,duration'), /requests\.csv:1 {2}the first line is atSeconds,/);
	t.regex(mistakes([]), /no request follows/);
	t.regex(mistakes(['59,2,0.5,8,1']), /its last request comes at 59s/);
	t.throws(() => loadFile('/nowhere/requests.csv'), {message: /there is no file/});
	t.throws(() => scenario({workload: {chunk: raw.workload.chunk}}), {message: /either requests or a requestsFile/});
});

test('stages stand only where the scenario lets them, and only compute sites can be named', async t => {
	const sites = {...raw.topology.sites, second: {role: 'compute', tier: 'core', workers: 3}};
	const links = [
		raw.topology.links[0],
		{name: 'middle', between: ['worker', 'second'], rate: '20Mbit/s'},
		{name: 'last', between: ['second', 'user'], rate: '20Mbit/s'},
	];
	const text = (placementSites: readonly string[]) =>
		JSON.stringify({...raw, topology: {sites, links}, stack: {placementSites}});
	for (const site of ['worker', 'second']) {
		const [variant] = parseScenario(text([site]), 'here.yaml').variants;
		const records: RecordBody[] = [];
		await simulateVariant({
			scenario: variant?.scenario as Scenario,
			seed: 1,
			signal: never(),
			emit: one => records.push(one),
		});
		t.deepEqual(ofKind(records, 'request.accepted')[0]?.placement, [{stage: 'window', site}]);
	}
	t.throws(() => parseScenario(text(['user', 'moon']), 'here.yaml'), {
		message: /user is a consumer[\s\S]*moon is no site/,
	});
});

test('as many ways are looked at as the scenario says, the shortest first', async t => {
	const chains = Array.from({length: 12}, (_, index) => index);
	const topology = {
		sites: {
			...raw.topology.sites,
			...Object.fromEntries(chains.map(index => [`edge-${index}`, {role: 'compute', tier: 'edge', workers: 1}])),
		},
		links: [
			...raw.topology.links,
			...chains.flatMap(index => [
				{name: `in-${index}`, between: ['camera', `edge-${index}`], rate: '10Mbit/s', distance: `${12 - index}km`},
				{name: `out-${index}`, between: [`edge-${index}`, 'user'], rate: '20Mbit/s', distance: '1km'},
			]),
		],
	};
	const workload = {...raw.workload, arrivals: {law: 'together'}, requests: [{count: 20, deadline: '4s'}]};
	const sitesUsed = async (stack: object) => {
		const {records} = await simulate({topology, workload, stack});
		return ofKind(records, 'request.accepted').map(({placement}) => placement[0]?.site);
	};
	// The way over the worker has no length, and links for two; then each edge takes one, the nearest first.
	const nearestFirst = ['worker', 'worker', ...chains.toReversed().map(index => `edge-${index}`)];
	t.deepEqual(await sitesUsed({pathCount: 100}), nearestFirst);
	t.deepEqual(await sitesUsed({}), nearestFirst.slice(0, 2 + 7));
	t.deepEqual(await sitesUsed({pathCount: 2}), nearestFirst.slice(0, 2 + 1));
});

test('limits end a run in order, with a record of why', async t => {
	const tooMany = await simulate({limits: {eventCount: 1000}, timing: {drive: '60min'}});
	t.is(tooMany.end.failure?.code, 'LIMIT_REACHED');
	t.is(tooMany.end.outcome, 'failed');
	const flooded = await simulate({limits: {bufferedBytesPerSite: '900kB'}});
	t.regex(flooded.end.failure?.message ?? '', /camera holds 1MB of chunks, 900kB at most/);
	t.like(flooded.records.at(-1), {kind: 'run.ended', outcome: 'failed'});
});

test('an interrupted simulation ends in order and accounts for every chunk', async t => {
	const halt = new AbortController();
	setImmediate(() => halt.abort());
	const {end, records} = await simulate({timing: {drive: '30000min'}}, {signal: halt.signal});
	t.is(end.outcome, 'interrupted');
	t.is(
		ofKind(records, 'chunk.produced').length,
		ofKind(records, 'chunk.delivered').length + ofKind(records, 'chunk.lost').length,
	);
	t.like(records.at(-1), {kind: 'run.ended', outcome: 'interrupted'});
});

const temporaryFolder = temporaryFolders();

function requestsFile(
	rows: readonly string[],
	header = 'atSeconds,durationSeconds,minimumResolutionRatio,deadlineSeconds,budgetUsd',
): string {
	const path = join(temporaryFolder(), 'requests.csv');
	writeFileSync(path, `${[header, ...rows].join('\n')}\n`);
	return path;
}

function loadFile(path: string, workers = 3): Scenario {
	const {requests: _, ...workload} = raw.workload;
	const sites = {...raw.topology.sites, worker: {...raw.topology.sites.worker, workers}};
	const text = JSON.stringify({
		...raw,
		topology: {...raw.topology, sites},
		workload: {...workload, requestsFile: path},
	});
	return parseScenario(text, 'here.yaml').variants[0]?.scenario as Scenario;
}

async function simulateFile(path: string, {seed = 1, workers = 3} = {}) {
	const records: RecordBody[] = [];
	await simulateVariant({scenario: loadFile(path, workers), seed, signal: never(), emit: one => records.push(one)});
	return {records};
}
