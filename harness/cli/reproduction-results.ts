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
	/** The claims under other readings, where they are asked for. */
	readonly others: readonly ReadingResult[];
};

/**
 * Everything that takes its time: figures simulated, then driven, then simulated under other readings.
 *
 * @throws StreambedError INTERRUPTED, with what was under way and what stands where, when the user ends it
 */
export async function reproductionResults({
	figures,
	folder,
	planned,
	outFolder,
	flags: {seedCount, real, workers, sensitivity, onProgress},
}: {
	readonly figures: readonly PublishedFigure[];
	readonly folder: string;
	readonly planned: readonly PlannedDrive[];
	readonly outFolder: string;
	readonly flags: ReproduceFlags;
}): Promise<ReproductionResults> {
	using interrupt = interruption('the reproduction');
	const {signal} = interrupt;
	await using simulations = await simulatedTestbed.open({threadCount: workers ?? availableParallelism()});
	const draws = {figures, folder, seedCount, simulations, signal, onProgress};
	const runFolders: string[] = [];
	let doing = 'it simulated its figures';
	try {
		// What is driven at a time scale is simulated at it, too: they are to be the same scenario.
		const set = real?.timeScale === undefined ? [] : [`timeScale=${real.timeScale}`];
		const simulated = await simulateFigures({...draws, set});
		doing = 'it drove figures over real links';
		const onRunFolder = (runFolder: string) => runFolders.push(runFolder);
		const driven = real
			? await driveFigures({planned, outFolder, testbed: real.testbed, signal, onRunFolder, onProgress})
			: [];
		doing = 'it simulated other readings';
		const others = sensitivity
			? await drawReadings({...draws, readings: await readSensitivityReadings(join(folder, 'readings.json'))})
			: [];
		return {simulated, driven, others};
	} catch (error) {
		throw signal.aborted ? interruptedError(doing, runFolders) : error;
	}
}

function interruptedError(doing: string, runFolders: readonly string[]): StreambedError {
	const standing =
		runFolders.length === 0
			? 'no page is written, and no draw is kept'
			: `no page is written; what was driven stands in ${runFolders.map(folder => relative('.', folder)).join(', ')}`;
	return new StreambedError('INTERRUPTED', `the reproduction was interrupted while ${doing}: ${standing}`, {
		hint: 'begin again; --figure and --seeds make it shorter',
	});
}
