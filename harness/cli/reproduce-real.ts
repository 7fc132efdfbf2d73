import {availableParallelism} from 'node:os';
import {join, relative} from 'node:path';
import {realClock} from '#core/clock.ts';
import {exitCodes, StreambedError} from '#core/errors.ts';
import {type LoadedScenario, loadScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {readRun} from '#reports/read-run.ts';
import type {PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import type {RealFigure} from '#reports/reproduction/real-links.ts';
import {writeReport} from '#reports/write-report.ts';
import {refuseRuns} from '#run/refuse-runs.ts';
import {runScenario} from '#run/run.ts';
import {testbeds} from '#testbeds/testbeds.ts';
import {plainView} from './live-view.ts';

export type RealFlags = {
	readonly testbed: keyof typeof testbeds;
	/** Figures are driven once with each. */
	readonly transports: readonly string[];
	/** Only variants that share their links in one of these ways. */
	readonly sharing: ReadonlyArray<Scenario['stack']['sharing']>;
	/** Draws of each variant. */
	readonly repeat: number;
	readonly timeScale?: number;
};

/** A figure that is to be driven with one transport. */
export type PlannedDrive = {
	readonly figure: PublishedFigure;
	readonly transport: string;
	readonly loaded: LoadedScenario;
};

/**
 * What there is to drive over real links, every scenario of it checked.
 *
 * @throws StreambedError USAGE or SCENARIO_INVALID when one of them cannot be driven so, TOOL_MISSING when the machine lacks
 *   what one asks for
 */
export function planDrives({
	figures,
	folder,
	flags,
}: {
	readonly figures: readonly PublishedFigure[];
	/** Of the paper’s scenarios. */
	readonly folder: string;
	readonly flags: RealFlags;
}): readonly PlannedDrive[] {
	const planned = flags.transports.flatMap(transport =>
		figures.map(figure => ({figure, transport, loaded: loadReal(join(folder, figure.scenario), transport, flags)})),
	);
	refuseRuns(
		planned.map(({loaded}) => loaded),
		testbeds[flags.testbed],
	);
	return planned;
}

/**
 * Drives figures over real links, one after the other; each is a run with a folder and a report of its own in `outFolder`.
 * Draws that were disturbed are in it, with their verdict.
 *
 * @throws StreambedError when the machine lacks something, or the signal is aborted
 */
export async function driveFigures({
	planned,
	outFolder,
	testbed,
	signal,
	onRunFolder,
	onProgress,
}: {
	readonly planned: readonly PlannedDrive[];
	readonly outFolder: string;
	readonly testbed: RealFlags['testbed'];
	readonly signal: AbortSignal;
	/** Hears of each run folder, also of one that was interrupted. */
	readonly onRunFolder: (folder: string) => void;
	readonly onProgress: (line: string) => void;
}): Promise<readonly RealFigure[]> {
	const driven: RealFigure[] = [];
	for (const {figure, transport, loaded} of planned) {
		signal.throwIfAborted();
		onProgress(`Fig. ${figure.figure} with ${transport}: ${driveText(loaded)}`);
		const outDir = join(outFolder, transport);
		const runFolder = await drive({loaded, outDir, testbed, signal, onRunFolder, onProgress});
		driven.push({figure, transport, data: await readRun(runFolder)});
	}
	return driven;
}

/** Real time before driving in which brokers get warm; what is sent in it is not counted. */
const brokerWarmUpSeconds = 12;

/** Real time from a request to its first chunk, in which its topics are made and its connections opened. */
const brokerLeadSeconds = 1.5;

function loadReal(path: string, transport: string, {sharing, repeat, timeScale}: RealFlags): LoadedScenario {
	const set = [
		'seed=1',
		`repeat=${repeat}`,
		`stack.transport=${transport}`,
		...(timeScale === undefined ? [] : [`timeScale=${timeScale}`]),
	];
	const {variants} = loadScenario(path, {set});
	const chosen = variants.filter(({scenario}) => sharing.includes(scenario.stack.sharing));
	if (chosen.length === 0) {
		throw new StreambedError('USAGE', `${path} has no variant that shares its links by ${sharing.join(' or ')}`, {
			hint: 'leave --sharing out, or name other figures',
		});
	}
	// Side by side only where each variant finds a processor, and no brokers ask for one.
	const brokers = chosen.flatMap(({scenario: {stack}}) => (stack.broker === undefined ? [] : [stack.broker]));
	const hasBrokers = brokers.length > 0;
	const order = chosen.length <= availableParallelism() && !hasBrokers ? 'side-by-side' : 'in-turn';
	const settings = [
		`timing.variants=${order}`,
		...(hasBrokers
			? [
					`timing.warmUp=${brokerWarmUpSeconds / (timeScale ?? 1)}s`,
					`workload.leadTime=${brokerLeadSeconds / (timeScale ?? 1)}s`,
				]
			: []),
		// A last piece of a chunk would wait for the next chunk's, at each broker.
		...(brokers.some(({kind}) => kind === 'kafka') ? ['stack.broker.kind=kafka', 'stack.broker.linger=0ms'] : []),
	];
	return loadScenario(path, {
		set: [...set, ...settings],
		only: chosen.map(({variant}) => variant),
	});
}

function driveText({variants}: LoadedScenario): string {
	const [first] = variants;
	if (!first) {
		throw new Error('a scenario has a variant');
	}
	const {repeat, timing, timeScale} = first.scenario;
	const waveCount = repeat * (timing.variants === 'side-by-side' ? 1 : variants.length);
	const minutes = (waveCount * (timing.driveSeconds + timing.warmUpSeconds) * timeScale) / 60;
	const names = variants.map(({variant}) => variant).join(' and ');
	return `${repeat} ${repeat === 1 ? 'draw' : 'draws'} of ${names}, ${timing.variants}, ${minutes.toFixed(1)} min of driving`;
}

async function drive({
	loaded,
	outDir,
	testbed,
	signal,
	onRunFolder,
	onProgress,
}: Pick<PlannedDrive, 'loaded'> &
	Omit<Parameters<typeof driveFigures>[0], 'planned' | 'outFolder'> & {readonly outDir: string}): Promise<string> {
	using view = plainView(loaded, onProgress);
	const result = await runScenario({
		loaded,
		testbed: testbeds[testbed],
		threadCount: 1,
		outDir,
		clock: realClock,
		signal,
		onRecord: record => view.hear(record),
		onPhase: begun => view.begin(begun),
	});
	onRunFolder(result.folder);
	signal.throwIfAborted();
	if (result.failure?.exitCode === exitCodes.machineLacks) {
		throw result.failure;
	}
	const {htmlPath} = await writeReport(result.folder);
	onProgress(`verdict ${result.verdict}, report ${relative('.', htmlPath)}`);
	return result.folder;
}
