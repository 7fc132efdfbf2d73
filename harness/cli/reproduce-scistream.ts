import {readdirSync} from 'node:fs';
import {join, relative} from 'node:path';
import {realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {requireFolder} from '#core/records/require-folder.ts';
import {writeFileWithFolder} from '#core/records/write-file-with-folder.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {readRun} from '#reports/read-run.ts';
import {answer} from '#reports/scistream/answer.ts';
import {securityCostPage} from '#reports/scistream/page.ts';
import {readPublishedWays} from '#reports/scistream/published.ts';
import {waysOf} from '#reports/scistream/ways.ts';
import type {Measured} from '#reports/shown-runs.ts';
import {summarise} from '#reports/summary.ts';
import {writeReport} from '#reports/write-report.ts';
import {refuseRuns} from '#run/refuse-runs.ts';
import {runScenario} from '#run/run.ts';
import {testbeds} from '#testbeds/testbeds.ts';
import {interruption} from './interruption.ts';
import {plainView} from './live-view.ts';

export type ReproduceScistreamFlags = {
	/** Run folders to make the page of; without any, the scenarios are run. */
	readonly runs: readonly string[];
	/** Only these scenarios of the folder, by file name without its ending; all when empty. */
	readonly figures: readonly string[];
	readonly testbed: keyof typeof testbeds;
	readonly repeat?: number;
	readonly timeScale?: number;
	readonly out: string;
	readonly json: boolean;
	readonly write: (text: string) => void;
	readonly onProgress: (line: string) => void;
};

/**
 * Runs the ways across two gateways and writes the page “What does security cost here?”. Exit code 4 when no draw counts.
 *
 * @throws StreambedError when a scenario is not there, the machine lacks something, or the user interrupts
 */
export async function reproduceScistream(flags: ReproduceScistreamFlags): Promise<ExitCode> {
	const folder = join(packageRoot, 'scenarios/scistream');
	const outFolder = join(flags.out, 'reproduction-scistream');
	const published = await readPublishedWays(join(folder, 'published.json'));
	requireFolder(outFolder);
	const runFolders = flags.runs.length > 0 ? flags.runs : await driveScenarios(folder, outFolder, flags);
	const runs: Measured[] = [];
	for (const runFolder of runFolders) {
		const data = await readRun(runFolder);
		runs.push({data, summary: summarise(data)});
	}
	const page = join(outFolder, 'security-cost.html');
	await writeFileWithFolder(page, await securityCostPage({runs, published}));
	const ways = waysOf(runs);
	const {lead, others} = answer(ways);
	const exitCode = ways.some(({repeats}) => repeats.length > 0) ? exitCodes.fine : exitCodes.notValid;
	flags.write(
		flags.json
			? `${JSON.stringify({page, runFolders, exitCode, answer: [lead, ...others]})}\n`
			: `${[lead, ...others].join('\n')}\npage: ${relative('.', page)}\n`,
	);
	return exitCode;
}

async function driveScenarios(
	folder: string,
	outDir: string,
	{figures, testbed, repeat, timeScale, onProgress}: ReproduceScistreamFlags,
): Promise<readonly string[]> {
	const known = readdirSync(folder).flatMap(name => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []));
	const unknown = figures.filter(name => !known.includes(name));
	if (unknown.length > 0) {
		throw new StreambedError('USAGE', `scistream has no scenario ${unknown.join(', ')}`, {
			hint: `it has ${known.join(', ')}`,
		});
	}
	const set = [
		...(repeat === undefined ? [] : [`repeat=${repeat}`]),
		...(timeScale === undefined ? [] : [`timeScale=${timeScale}`]),
	];
	const chosen = (figures.length === 0 ? known : figures).map(name =>
		loadScenario(join(folder, `${name}.yaml`), {set}),
	);
	refuseRuns(chosen, testbeds[testbed]);
	const runFolders: string[] = [];
	using interrupt = interruption('the reproduction');
	for (const loaded of chosen) {
		using view = plainView(loaded, onProgress);
		const result = await runScenario({
			loaded,
			testbed: testbeds[testbed],
			threadCount: 1,
			outDir,
			clock: realClock,
			signal: interrupt.signal,
			onRecord: record => view.hear(record),
			onPhase: begun => view.begin(begun),
		});
		if (result.failure && (result.failure.exitCode === exitCodes.machineLacks || result.status === 'interrupted')) {
			throw result.failure;
		}
		if (result.status === 'interrupted') {
			throw new StreambedError('INTERRUPTED', `the reproduction was interrupted; ${result.folder} holds what there is`);
		}
		const {htmlPath} = await writeReport(result.folder);
		onProgress(`verdict ${result.verdict}, report ${relative('.', htmlPath)}`);
		runFolders.push(result.folder);
	}
	return runFolders;
}
