import {randomBytes} from 'node:crypto';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {RunDocument, VariantOutcome, Verdict} from '#core/records/run-document.ts';
import type {RecordBody, StreambedRecord} from '#core/records/schema.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Testbed, VariantEnd, VariantRun} from '#testbeds/testbed.ts';
import {Evidence} from './evidence.ts';
import {watchFidelity} from './fidelity.ts';
import {readProvenance} from './provenance.ts';
import {createRunFolder} from './run-folder.ts';
import {judge, worstVerdict} from './verdict.ts';

export type RunOptions = {
	readonly loaded: LoadedScenario;
	readonly testbed: Testbed;
	readonly outDir: string;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** Every record as it is written, for whoever watches. */
	readonly onRecord: (record: StreambedRecord) => void;
};

export type RunResult = {
	readonly folder: string;
	readonly verdict: Verdict;
	readonly status: RunDocument['status'];
	/** The first thing that ended a variant before its time. */
	readonly failure?: StreambedError;
};

type Draw = {readonly variant: string; readonly repeat: number; readonly scenario: Scenario};

/** From a checked scenario to a run folder with its records and its verdict. Rejects only when there is nothing to report. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
	const {loaded, testbed, clock} = options;
	const first = loaded.variants[0]?.scenario;
	if (!first) {
		throw new StreambedError('USAGE', `${loaded.path} has no variant to run`);
	}
	const runId = makeRunId(clock);
	// Asked before there is a folder: one without a run.json would be no run.
	const provenance = await readProvenance();
	using folder = createRunFolder({outDir: options.outDir, runId, loaded});
	let document: RunDocument = {
		format: 1,
		runId,
		scenario: loaded.name,
		scenarioPath: loaded.path,
		scenarioSha256: loaded.sha256,
		title: loaded.title,
		testbed: testbed.name,
		seed: first.seed,
		repeats: first.repeat,
		timeScale: first.timeScale,
		variants: loaded.variants.map(({variant}) => variant),
		startedAt: new Date(clock.wallMs()).toISOString(),
		status: 'running',
		outcomes: [],
		provenance,
	};
	folder.writeDocument(document);
	let failure: StreambedError | undefined;
	const halt = new AbortController();
	const write = (record: StreambedRecord) => {
		if (halt.signal.aborted) {
			return;
		}
		try {
			folder.records.write(record);
		} catch (error) {
			failure ??= asStreambedError(error, options.signal);
			halt.abort(error);
		}
		options.onRecord(record);
	};
	const signal = AbortSignal.any([options.signal, halt.signal]);
	try {
		for (const wave of wavesOf(loaded)) {
			for (const {outcome, error} of await driveWave({...options, signal, wave, write, runId})) {
				document = {...document, outcomes: [...document.outcomes, outcome]};
				failure ??= error;
			}
			folder.writeDocument(document);
			if (signal.aborted) {
				break;
			}
		}
	} catch (error) {
		failure ??= asStreambedError(error, options.signal);
	}
	const status = options.signal.aborted ? 'interrupted' : failure ? 'failed' : 'completed';
	const verdict = failure ? 'invalid' : worstVerdict(document.outcomes.map(outcome => outcome.verdict));
	try {
		folder.writeDocument({
			...document,
			status,
			verdict,
			endedAt: new Date(clock.wallMs()).toISOString(),
			...(failure ? {failure: {code: failure.code, message: failure.message}} : {}),
		});
	} catch (error) {
		failure ??= asStreambedError(error, options.signal);
	}
	return {folder: folder.path, verdict, status, ...(failure ? {failure} : {})};
}

/** Variants of one repeat together, or one after the other, as the scenario says. */
function wavesOf({variants}: LoadedScenario): ReadonlyArray<readonly Draw[]> {
	const repeats = Math.max(...variants.map(({scenario}) => scenario.repeat));
	return Array.from({length: repeats}, (_, repeat) => {
		const draws = variants
			.filter(({scenario}) => repeat < scenario.repeat)
			.map(({variant, scenario}) => ({variant, repeat, scenario}));
		return draws[0]?.scenario.timing.variants === 'side-by-side' ? [draws] : draws.map(draw => [draw]);
	}).flat();
}

/** Real time between the last preparation and the first warm-up chunk: commands travel, sockets open. */
const headStartSeconds = 0.4;

async function driveWave({
	wave,
	write,
	runId,
	testbed,
	clock,
	signal,
}: RunOptions & {
	readonly wave: readonly Draw[];
	readonly write: (record: StreambedRecord) => void;
	readonly runId: string;
}): Promise<ReadonlyArray<{readonly outcome: VariantOutcome; readonly error?: StreambedError}>> {
	await using prepared = new AsyncDisposableStack();
	const members = wave.map(draw => {
		const {variant, repeat, scenario} = draw;
		const evidence = new Evidence(scenario.timeScale);
		const emit = (body: RecordBody) => {
			evidence.hear(body);
			write({...body, variant, repeat} as StreambedRecord);
		};
		return {draw, evidence, emit, seed: scenario.seed + repeat};
	});
	for (const {emit, draw, seed} of members) {
		emit({kind: 'run.started', t: 0, seed, timeScale: draw.scenario.timeScale, testbed: testbed.name});
	}
	const settled = await Promise.allSettled(
		members.map(({draw, emit, seed}) => {
			const label = `${runId}/${draw.variant}/${draw.repeat}`;
			return testbed.prepare({scenario: draw.scenario, seed, label, emit, clock, signal});
		}),
	);
	const runs: VariantRun[] = [];
	for (const one of settled) {
		if (one.status === 'fulfilled') {
			runs.push(prepared.use(one.value));
		}
	}
	const refused = settled.find(one => one.status === 'rejected');
	if (refused) {
		throw refused.reason;
	}
	// One after the other: a link is measured while nothing else uses the processors.
	for (const [index, run] of runs.entries()) {
		const member = members[index];
		if (member) {
			member.evidence.calibration = await run.calibrate();
		}
	}
	const warmUpSeconds = Math.max(...wave.map(({scenario}) => scenario.timing.warmUpSeconds * scenario.timeScale));
	const startNs = clock.nowNs() + BigInt(Math.round((warmUpSeconds + headStartSeconds) * 1e9));
	using _watch = watchFidelity(clock, sample => {
		for (const {emit, draw} of members) {
			const t = Number(clock.nowNs() - startNs) / 1e9 / draw.scenario.timeScale;
			if (t >= 0 && t <= draw.scenario.timing.driveSeconds) {
				emit({kind: 'fidelity.sample', t, ...sample});
			}
		}
	});
	return await Promise.all(
		runs.map(async (run, index) => {
			const member = members[index];
			if (!member) {
				throw new Error('every run has its member');
			}
			const end = await run.drive(startNs);
			return {outcome: outcomeOf(member, run, end), ...(end.failure ? {error: end.failure} : {})};
		}),
	);
}

function outcomeOf(
	{draw, evidence}: {readonly draw: Draw; readonly evidence: Evidence},
	{setupSeconds}: VariantRun,
	{outcome, failure, congestionControl}: VariantEnd,
): VariantOutcome {
	const reasons = judge({scenario: draw.scenario, evidence, outcome, failure, congestionControl});
	return {
		variant: draw.variant,
		repeat: draw.repeat,
		verdict: worstVerdict(reasons.map(({verdict}) => verdict)),
		reasons: [...reasons],
		calibration: [...evidence.calibration],
		setupSeconds: {...setupSeconds},
		congestionControl: [...congestionControl],
	};
}

/** Sorts by time; two runs of one second differ in the random end. */
function makeRunId(clock: Clock): string {
	const stamp = new Date(clock.wallMs()).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
	return `${stamp}-${randomBytes(3).toString('hex')}`;
}

function asStreambedError(error: unknown, signal: AbortSignal): StreambedError {
	if (error instanceof StreambedError) {
		return error;
	}
	if (signal.aborted) {
		return new StreambedError('INTERRUPTED', 'the run was interrupted before driving began');
	}
	throw error;
}
