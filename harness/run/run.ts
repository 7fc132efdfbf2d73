import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {type RecordLines, recordsOf} from '#core/records/record-lines.ts';
import type {RunDocument, VariantOutcome, Verdict} from '#core/records/run-document.ts';
import type {Phase, StreambedRecord} from '#core/records/schema.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {RealTestbed, Testbed, VariantRun} from '#testbeds/testbed.ts';
import {beginDraw, type Draw, type DrawUnderWay, drawsOf, outcomeOf, wavesOf} from './draws.ts';
import {watchFidelity} from './fidelity.ts';
import {readProvenance} from './provenance.ts';
import {refuseRuns} from './refuse-runs.ts';
import {createRunFolder} from './run-folder.ts';
import {type Measuring, simulateDraws} from './simulate-draws.ts';
import {worstVerdict} from './verdict.ts';

export type RunOptions = {
	readonly loaded: LoadedScenario;
	readonly testbed: Testbed;
	/** Draws that are simulated at the same time; a real testbed drives them as its scenario says. */
	readonly threadCount: number;
	readonly outDir: string;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** Every record as it is written, for whoever watches. */
	readonly onRecord: (record: StreambedRecord) => void;
	/** Takes the lines of a simulation in place of `onRecord`: they come too fast to be read one by one. */
	readonly onLines?: (lines: RecordLines) => void;
	/** Of a simulation: only the first draw of each variant keeps its records; the others are measured where they are made. */
	readonly measuring?: Measuring;
	/** Each phase of a real testbed when it begins; the records of the first ones come later, when second 0 is known. */
	readonly onPhase: (begun: {readonly variant: string; readonly repeat: number; readonly phase: Phase}) => void;
};

export type RunResult = {
	readonly folder: string;
	readonly verdict: Verdict;
	readonly status: RunDocument['status'];
	/** The first thing that ended a variant before its time. */
	readonly failure?: StreambedError;
};

type DrawEnd = {readonly outcome: VariantOutcome; readonly error?: StreambedError};

/** From a checked scenario to a run folder with its records and its verdict. Rejects only when there is nothing to report. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
	const {loaded, testbed, clock} = options;
	const first = loaded.variants[0]?.scenario;
	if (!first) {
		throw new StreambedError('USAGE', `${loaded.path} has no variant to run`);
	}
	refuseRuns([loaded], testbed);
	const runId = makeRunId(clock);
	const provenance = await readProvenance();
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
	using folder = createRunFolder({
		outDir: options.outDir,
		runId,
		loaded,
		document,
		// A simulation can be made again: its records need not be with the kernel one by one.
		pendingBytesMax: testbed.time === 'virtual' ? 262_144 : 0,
	});
	let failure: StreambedError | undefined;
	const halt = new AbortController();
	const unlessHalted = (writing: () => void) => {
		if (halt.signal.aborted) {
			return;
		}
		try {
			writing();
		} catch (error) {
			failure ??= asStreambedError(error, options.signal);
			halt.abort(error);
		}
	};
	const write = (record: StreambedRecord) => {
		unlessHalted(() => folder.records.write(record));
		options.onRecord(record);
	};
	const tellLines = options.onLines ?? (lines => recordsOf(lines).forEach(options.onRecord));
	const writeLines = (lines: RecordLines) => {
		unlessHalted(() => folder.records.writeLines(lines));
		tellLines(lines);
	};
	const writeMeasured = (draw: object) => unlessHalted(() => folder.writeMeasured(draw));
	const signal = AbortSignal.any([options.signal, halt.signal]);
	try {
		for (const step of stepsOf({...options, signal, write, writeLines, writeMeasured, runId, runFolder: folder.path})) {
			for (const {outcome, error} of await step()) {
				document = {...document, outcomes: [...document.outcomes, outcome]};
				failure ??= error;
			}
			folder.writeDocument(document);
			if (signal.aborted) {
				break;
			}
		}
		// Records that waited to be written together are in the file before there is a verdict on them.
		folder.records[Symbol.dispose]();
	} catch (error) {
		failure ??= asStreambedError(error, options.signal);
	}
	const status = options.signal.aborted ? 'interrupted' : failure ? 'failed' : 'completed';
	const verdict = verdictOf({status, failure, outcomes: document.outcomes});
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

/** An interrupted run is suspect, whatever it was doing then, unless something else is worse. */
function verdictOf({
	status,
	failure,
	outcomes,
}: Pick<RunDocument, 'status' | 'outcomes'> & {readonly failure: StreambedError | undefined}): Verdict {
	return worstVerdict([
		...outcomes.map(({verdict}) => verdict),
		...(status === 'interrupted' ? (['suspect'] as const) : []),
		...(failure && failure.code !== 'INTERRUPTED' ? (['invalid'] as const) : []),
	]);
}

type StepOptions = RunOptions & {
	readonly write: (record: StreambedRecord) => void;
	readonly writeLines: (lines: RecordLines) => void;
	readonly writeMeasured: (draw: object) => void;
	readonly runId: string;
	readonly runFolder: string;
};

/** What is done one after the other: real draws by waves, simulated ones all at once. */
function stepsOf(options: StepOptions): ReadonlyArray<() => Promise<readonly DrawEnd[]>> {
	const {testbed, loaded, threadCount, runId: label, runFolder} = options;
	switch (testbed.time) {
		case 'real':
			return wavesOf(loaded).map(wave => () => driveWave({...options, testbed, wave}));
		case 'virtual':
			return [
				() => {
					const draws = drawsOf(loaded);
					return simulateDraws({...options, testbed, threadCount, label, logFolder: join(runFolder, 'logs'), draws});
				},
			];
		default:
			return testbed satisfies never;
	}
}

/** Real time between the last preparation and the first warm-up chunk: commands travel, sockets open. */
const headStartSeconds = 0.4;

async function driveWave({
	wave,
	write,
	onPhase,
	runId,
	runFolder,
	testbed,
	clock,
	signal,
}: StepOptions & {readonly wave: readonly Draw[]; readonly testbed: RealTestbed}): Promise<readonly DrawEnd[]> {
	await using prepared = new AsyncDisposableStack();
	const members = wave.map(draw => beginDraw(draw, {write, testbed}));
	const settled = await Promise.allSettled(
		members.map(({draw, emit, seed}) => {
			const {variant, repeat, scenario} = draw;
			const label = `${runId}/${variant}/${repeat}`;
			const tell = (phase: Phase) => onPhase({variant, repeat, phase});
			const logFolder = join(runFolder, 'logs', `${variant}-${repeat}`);
			return testbed.prepare({scenario, seed, label, logFolder, emit, onPhase: tell, clock, signal});
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
		return giveUpWave({members, runs, reason: refused.reason, signal});
	}
	try {
		// One after the other: a link is measured while nothing else uses the processors.
		for (const [index, run] of runs.entries()) {
			const member = members[index];
			if (member) {
				member.evidence.calibration = await run.calibrate();
			}
		}
	} catch (reason) {
		return giveUpWave({members, runs, reason, signal});
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
			assert(member, 'every run has its member');
			const end = await run.drive(startNs);
			return {outcome: outcomeOf(member, end, run), ...(end.failure ? {error: end.failure} : {})};
		}),
	);
}

/** No variant of a wave is driven alone: when one cannot be, the others end with it, and each says why. */
function giveUpWave({
	members,
	runs,
	reason,
	signal,
}: {
	readonly members: readonly DrawUnderWay[];
	readonly runs: readonly VariantRun[];
	readonly reason: unknown;
	readonly signal: AbortSignal;
}): readonly DrawEnd[] {
	const error = asStreambedError(reason, signal);
	for (const run of runs) {
		run.giveUp(error);
	}
	if (signal.aborted) {
		// As in the drive: an interrupt is told by the status of the run, and is no failure.
		return members.map(member => ({outcome: outcomeOf(member, {outcome: 'interrupted', congestionControl: []})}));
	}
	return members.map(member => ({
		outcome: outcomeOf(member, {outcome: 'failed', failure: error, congestionControl: []}),
		error,
	}));
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
