import {availableParallelism} from 'node:os';
import {resolve} from 'node:path';
import {realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import type {RecordKind} from '#core/records/schema.ts';
import {type LoadedScenario, loadScenario} from '#core/scenario/load.ts';
import {formatTerminalTable} from '#reports/terminal-table.ts';
import {type Report, writeReport} from '#reports/write-report.ts';
import {refuseRuns} from '#run/refuse-runs.ts';
import {type RunResult, runScenario} from '#run/run.ts';
import {swarmSweep} from '#testbeds/swarm/sweep/swarm-sweep.ts';
import type {Testbed} from '#testbeds/testbed.ts';
import {testbeds} from '#testbeds/testbeds.ts';
import {type LiveView, plainView, terminalView} from './live-view.ts';
import {scenarioPath} from './scenario-files.ts';
import {plainSimulationView, simulationView} from './simulation-view.ts';

export type RunFlags = {
	readonly scenarios: readonly string[];
	readonly testbed: keyof typeof testbeds;
	/** Draws of a simulation at the same time; by default one for each processor, of this machine or of the swarm. */
	readonly workers?: number;
	/** Of a simulation: whose records are kept, those of all draws, or of the first of each variant. */
	readonly records: 'all' | 'first';
	/** Where the draws of a simulation are made: in threads of this machine, as without it, or by workers on the nodes of a swarm. */
	readonly spread?: 'threads' | 'swarm';
	readonly set: readonly string[];
	readonly variant: readonly string[];
	readonly out: string;
	readonly json: boolean;
	readonly write: (text: string) => void;
};

/** Runs scenarios one after the other; the exit code is the first that is not fine. */
export async function run(flags: RunFlags): Promise<ExitCode> {
	if (flags.workers !== undefined && testbeds[flags.testbed].time !== 'virtual') {
		throw new StreambedError('USAGE', `--workers is for simulations, and ${flags.testbed} is none`, {
			hint: 'leave it out, or add --testbed simulated; timing.variants says what real testbeds do at the same time',
		});
	}
	if (flags.records !== 'all' && testbeds[flags.testbed].time !== 'virtual') {
		throw new StreambedError('USAGE', `--records ${flags.records} is for simulations, and ${flags.testbed} is none`, {
			hint: 'leave it out: what was measured for real cannot be made again, and its records are kept',
		});
	}
	if (flags.spread === 'swarm' && flags.records !== 'first') {
		throw new StreambedError('USAGE', '--spread swarm is for draws that are measured where they are made', {
			hint: 'add --testbed simulated --records first: the records of all draws are too much to be carried from node to node',
		});
	}
	const loaded = flags.scenarios.map(scenario =>
		loadScenario(scenarioPath(scenario), {set: flags.set, only: flags.variant}),
	);
	refuseRuns(loaded, testbeds[flags.testbed]);
	const interrupt = interruptSignal();
	let exitCode: ExitCode = exitCodes.fine;
	for (const scenario of loaded) {
		const code = await runOne(scenario, flags, interrupt);
		exitCode = exitCode === exitCodes.fine ? code : exitCode;
		if (interrupt.aborted) {
			break;
		}
	}
	return exitCode;
}

async function runOne(loaded: LoadedScenario, flags: RunFlags, signal: AbortSignal): Promise<ExitCode> {
	const result = await watched(loaded, flags, signal);
	if (result.failure?.exitCode === exitCodes.machineLacks) {
		// Nothing could be built, so that there is nothing to report; the folder says why, with the provenance.
		process.stderr.write(`streambed: nothing was run; ${result.folder} holds what is known\n`);
		throw result.failure;
	}
	const report = await reportOf(result);
	const shortfall = shortfallOf(result, report);
	const exitCode = shortfall?.exitCode ?? exitCodes.fine;
	if (flags.json) {
		const {folder, status, verdict} = result;
		const {summary, htmlPath, expectations} = report;
		flags.write(`${JSON.stringify({folder, status, verdict, exitCode, report: htmlPath, expectations, summary})}\n`);
	} else {
		flags.write(`${formatTerminalTable(report)}\nreport: ${report.htmlPath}\n`);
	}
	if (shortfall) {
		process.stderr.write(
			`streambed: ${shortfall.message}\n${shortfall.hint === undefined ? '' : `${shortfall.hint}\n`}`,
		);
	}
	return exitCode;
}

/** When no report can be made of a run that failed already, what failed first is told as well: it is the cause. */
async function reportOf({folder, failure}: RunResult): Promise<Report> {
	try {
		return await writeReport(folder);
	} catch (error) {
		if (failure && error instanceof StreambedError) {
			process.stderr.write(`streambed: no report of ${folder}: ${error.message}\n`);
			throw failure;
		}
		throw error;
	}
}

async function watched(loaded: LoadedScenario, flags: RunFlags, signal: AbortSignal): Promise<RunResult> {
	using view = viewOf(loaded, flags);
	const {recordCollector} = await import('./measure-collector.ts');
	const measuring = {
		collectorUrl: recordCollector.url,
		onCounts: (countByKind: ReadonlyMap<RecordKind, number>) => view.hearCounts?.(countByKind),
	};
	return await runScenario({
		loaded,
		testbed: testbedOf(flags),
		threadCount: await workerCountOf(flags),
		outDir: resolve(flags.out),
		clock: realClock,
		signal,
		...(flags.records === 'first' ? {measuring} : {}),
		onRecord: record => view.hear(record),
		...(view.hearLines ? {onLines: lines => view.hearLines?.(lines)} : {}),
		onPhase: begun => view.begin(begun),
	});
}

const testbedOf = ({testbed, spread}: RunFlags): Testbed => (spread === 'swarm' ? swarmSweep : testbeds[testbed]);

async function workerCountOf({workers, spread}: RunFlags): Promise<number> {
	if (spread !== 'swarm') {
		return workers ?? availableParallelism();
	}
	// The client of the engine takes a second to load: only those pay who want it.
	const {processorsOfSwarm} = await import('#testbeds/swarm/sweep/processors-of-swarm.ts');
	const processorCount = await processorsOfSwarm();
	return workers ?? processorCount;
}

function viewOf(loaded: LoadedScenario, {testbed}: RunFlags): LiveView {
	const isLive = process.stderr.isTTY && process.env.CI === undefined;
	const terminal = {clock: realClock, stream: process.stderr};
	const writeLine = (line: string) => process.stderr.write(`${line}\n`);
	if (testbeds[testbed].time === 'virtual') {
		return isLive ? simulationView(loaded, terminal) : plainSimulationView(loaded, writeLine);
	}
	return isLive ? terminalView(loaded, terminal) : plainView(loaded, writeLine);
}

/** Why a run that has its report does not end with exit code 0; the gravest reason. */
function shortfallOf(
	{status, verdict, failure}: RunResult,
	{expectations, outcomes}: Report,
): StreambedError | undefined {
	if (status === 'interrupted') {
		return new StreambedError('INTERRUPTED', 'the run was interrupted; the report shows what there is');
	}
	if (failure) {
		return failure;
	}
	if (verdict === 'invalid') {
		const isBusy = outcomes.every(({reasons}) => reasons.every(({cause}) => cause === 'busy'));
		return new StreambedError(
			'NOT_VALID',
			'the run ended, but its verdict is invalid; the reasons stand in the report',
			isBusy ? {hint: 'a busy machine is the usual reason: run it alone, or with timing.variants=in-turn'} : {},
		);
	}
	const failedCount = expectations.filter(({passed}) => !passed).length;
	return failedCount === 0
		? undefined
		: new StreambedError('EXPECTATION_FAILED', `${failedCount} of ${expectations.length} expectations do not hold`);
}

/** Aborts at the first Ctrl-C or TERM, so that the run ends in order; a second one ends the program at once. */
function interruptSignal(): AbortSignal {
	const controller = new AbortController();
	const stop = () => {
		if (controller.signal.aborted) {
			process.exit(exitCodes.interrupted);
		}
		process.stderr.write('\nending the run in order; once more ends it at once\n');
		controller.abort(new StreambedError('INTERRUPTED', 'the run was interrupted'));
	};
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
	return controller.signal;
}
