import {resolve} from 'node:path';
import {realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {type LoadedScenario, loadScenario} from '#core/scenario/load.ts';
import {formatTerminalTable} from '#reports/terminal-table.ts';
import {writeReport} from '#reports/write-report.ts';
import {type RunResult, runScenario} from '#run/run.ts';
import {testbeds} from '#testbeds/testbeds.ts';
import {plainView, terminalView} from './live-view.ts';
import {scenarioPath} from './scenario-files.ts';

export type RunFlags = {
	readonly scenarios: readonly string[];
	readonly testbed: keyof typeof testbeds;
	readonly set: readonly string[];
	readonly variant: readonly string[];
	readonly out: string;
	readonly json: boolean;
	readonly write: (text: string) => void;
};

/** Runs scenarios one after the other; the exit code is the first that is not fine. */
export async function run(flags: RunFlags): Promise<ExitCode> {
	const loaded = flags.scenarios.map(scenario =>
		loadScenario(scenarioPath(scenario), {set: flags.set, only: flags.variant}),
	);
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
	const report = await writeReport(result.folder);
	const exitCode = exitCodeOf(
		result,
		report.expectations.some(({passed}) => !passed),
	);
	if (flags.json) {
		flags.write(`${JSON.stringify({...result, exitCode, report: report.htmlPath, summary: report.summary})}\n`);
	} else {
		flags.write(`${formatTerminalTable(report)}\nreport: ${report.htmlPath}\n`);
	}
	if (result.failure) {
		process.stderr.write(`${describeFailure(result.failure)}\n`);
	}
	return exitCode;
}

async function watched(loaded: LoadedScenario, flags: RunFlags, signal: AbortSignal): Promise<RunResult> {
	const isLive = process.stderr.isTTY && process.env.CI === undefined;
	using view = isLive
		? terminalView(loaded, {clock: realClock, stream: process.stderr})
		: plainView(loaded, line => process.stderr.write(`${line}\n`));
	return await runScenario({
		loaded,
		testbed: testbeds[flags.testbed],
		outDir: resolve(flags.out),
		clock: realClock,
		signal,
		onRecord: record => view.hear(record),
	});
}

function exitCodeOf({status, verdict, failure}: RunResult, anExpectationFailed: boolean): ExitCode {
	if (status === 'interrupted') {
		return exitCodes.interrupted;
	}
	if (failure) {
		return failure.exitCode;
	}
	if (verdict === 'invalid') {
		return exitCodes.notValid;
	}
	return anExpectationFailed ? exitCodes.expectationFailed : exitCodes.fine;
}

function describeFailure(failure: StreambedError): string {
	return failure.hint === undefined ? failure.message : `${failure.message}\n${failure.hint}`;
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
