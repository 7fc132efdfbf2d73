import {availableParallelism} from 'node:os';
import {join, relative} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import type {FigureDraws, PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import type {RealFigure} from '#reports/reproduction/real-links.ts';
import {type ReadingResult, readSensitivityReadings} from '#reports/reproduction/sensitivity-reading.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import {interruption} from './interruption.ts';
import type {ReproduceFlags} from './reproduce.ts';
import {driveFigures, type PlannedDrive} from './reproduce-real.ts';
import {drawReadings} from './sensitivity-draws.ts';
import {simulateFigures} from './simulate-figures.ts';

export type ReproductionResults = {
	readonly simulated: readonly FigureDraws[];
	readonly driven: readonly RealFigure[];
	/** The claims under other readings, once they are drawn. */
	readonly others?: readonly ReadingResult[];
};

/**
 * Everything that takes its time: figures simulated, then driven, then simulated under other readings. What stands is written
 * before each next step, so that an interruption takes nothing of it.
 *
 * @throws StreambedError INTERRUPTED, with what was under way and what stands where, when the user ends it
 */
export async function reproductionResults({
	figures,
	folder,
	planned,
	outFolder,
	write,
	flags: {seedCount, real, workers, sensitivity, onProgress},
}: {
	readonly figures: readonly PublishedFigure[];
	readonly folder: string;
	readonly planned: readonly PlannedDrive[];
	readonly outFolder: string;
	/** Writes the page of the results so far. */
	readonly write: (results: ReproductionResults) => Promise<{readonly pagePath: string}>;
	readonly flags: ReproduceFlags;
}): Promise<ReproductionResults> {
	using interrupt = interruption('the reproduction');
	const {signal} = interrupt;
	await using simulations = await simulatedTestbed.open({threadCount: workers ?? availableParallelism()});
	const draws = {figures, folder, seedCount, simulations, signal, onProgress};
	const runFolders: string[] = [];
	let pagePath: string | undefined;
	let doing = 'it simulated its figures';
	try {
		// What is driven at a time scale is simulated at it, too: they are to be the same scenario.
		const set = real?.timeScale === undefined ? [] : [`timeScale=${real.timeScale}`];
		const simulated = await simulateFigures({...draws, set});
		if (real) {
			({pagePath} = await write({simulated, driven: []}));
		}
		doing = 'it drove figures over real links';
		const onRunFolder = (runFolder: string) => runFolders.push(runFolder);
		const driven = real
			? await driveFigures({planned, outFolder, testbed: real.testbed, signal, onRunFolder, onProgress})
			: [];
		if (!sensitivity) {
			return {simulated, driven};
		}
		({pagePath} = await write({simulated, driven}));
		doing = 'it simulated other readings';
		const readings = await readSensitivityReadings(join(folder, 'readings.json'));
		return {simulated, driven, others: await drawReadings({...draws, readings})};
	} catch (error) {
		throw signal.aborted ? interruptedError(doing, {pagePath, runFolders}) : error;
	}
}

function interruptedError(
	doing: string,
	{pagePath, runFolders}: {readonly pagePath: string | undefined; readonly runFolders: readonly string[]},
): StreambedError {
	const standing = [
		pagePath === undefined
			? 'no page is written, and no draw is kept'
			: `the page of what was done before is ${relative('.', pagePath)}`,
		...(runFolders.length === 0
			? []
			: [`what was driven stands in ${runFolders.map(folder => relative('.', folder)).join(', ')}`]),
	].join('; ');
	return new StreambedError('INTERRUPTED', `the reproduction was interrupted while ${doing}: ${standing}`, {
		hint: 'begin again; --figure and --seeds make it shorter',
	});
}
