import {existsSync, readdirSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {dirname, join, relative} from 'node:path';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {writeError} from '#core/records/write-error.ts';
import {readPublished} from '#reports/published/read-published.ts';
import {budgetText, dearestChunk} from '#reports/reproduction/budget-slack.ts';
import {chartPng} from '#reports/reproduction/chart-part.ts';
import type {PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import {judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {reproductionPage} from '#reports/reproduction/page.ts';
import {countedDraws, type RealFigure} from '#reports/reproduction/real-links.ts';
import {realLinksPart} from '#reports/reproduction/real-links-part.ts';
import {readSensitivityReadings} from '#reports/reproduction/sensitivity-reading.ts';
import {sensitivityTable} from '#reports/reproduction/sensitivity-table.ts';
import {sensitivityMarkdown, sensitivityTerminalText} from '#reports/reproduction/sensitivity-text.ts';
import {reproductionTable} from '#reports/reproduction/terminal-table.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import {driveFigures, type RealFlags} from './reproduce-real.ts';
import {type RealSummary, realSummaries, realText} from './reproduce-summary.ts';
import {drawReadings} from './sensitivity-draws.ts';
import {simulateFigures} from './simulate-figures.ts';

export type ReproduceFlags = {
	readonly paper: string;
	/** Only these figures; all of them when empty. */
	readonly figures: readonly string[];
	readonly seedCount: number;
	/** Draws the figures under every other reading of the paper as well. */
	readonly sensitivity?: boolean;
	readonly workers?: number;
	/** Drives the figures over real links as well. */
	readonly real?: RealFlags;
	readonly out: string;
	readonly json: boolean;
	readonly write: (text: string) => void;
	/** Says how far it is. */
	readonly onProgress: (line: string) => void;
};

/**
 * Holds a paper's figures against simulations of many seeds and, when asked to, against runs over real links: a table, a page,
 * and 5 when the draws refute a claim, 4 when no draw over real links counts for one.
 */
export async function reproduce(flags: ReproduceFlags): Promise<ExitCode> {
	const folder = paperFolder(flags.paper);
	const published = await readPublished(join(folder, 'published.json'));
	const figures = chosenFigures(published.figures, flags);
	if (flags.real && flags.real.repeat > flags.seedCount) {
		throw new StreambedError(
			'USAGE',
			`${flags.real.repeat} draws over real links have only ${flags.seedCount} simulated`,
			{
				hint: `give --seeds ${flags.real.repeat} or more, so that each has its counterpart`,
			},
		);
	}
	const outFolder = join(flags.out, `reproduction-${flags.paper}`);
	const {paper, seedCount, real, onProgress} = flags;
	await using simulations = await simulatedTestbed.open({threadCount: flags.workers ?? availableParallelism()});
	const draws = {figures, folder, seedCount, simulations, onProgress};
	// What is driven at a time scale is simulated at it, too: they are to be the same scenario.
	const set = real?.timeScale === undefined ? [] : [`timeScale=${real.timeScale}`];
	const simulated = await simulateFigures({...draws, set});
	const driven = real ? await driveFigures({figures, folder, outFolder, flags: real, onProgress}) : [];
	const claims = simulated.flatMap(judgeFigure);
	const readings = await readFile(join(folder, 'README.md'), 'utf8');
	const sensitivity = flags.sensitivity
		? sensitivityTable({
				chosen: claims,
				others: await drawReadings({
					...draws,
					readings: await readSensitivityReadings(join(folder, 'readings.json')),
				}),
				seedCount,
			})
		: undefined;
	const dearest = dearestChunk(simulated.flatMap(figureDraws => figureDraws.draws.flatMap(draw => [...draw.values()])));
	const budget = dearest === undefined ? '' : budgetText(dearest);
	const realLinks = await realLinksPart({paper, simulated, driven});
	const pagePath = join(outFolder, 'reproduction.html');
	const page = await reproductionPage({
		published,
		results: simulated,
		claims,
		readings,
		seedCount,
		budget,
		sensitivity,
		realLinks,
	});
	await writeFileWithFolder(pagePath, page);
	if (sensitivity) {
		await writeFileWithFolder(join(outFolder, 'sensitivity.md'), sensitivityMarkdown(sensitivity, paper));
	}
	await writePictures(paper, driven, outFolder);
	const summaries = realSummaries(driven, simulated);
	const refutedCount = claims.filter(({judged}) => !judged.holds).length;
	const exitCode = exitCodeOf(refutedCount, summaries);
	flags.write(
		flags.json
			? `${JSON.stringify({paper, seedCount, exitCode, page: pagePath, claims, budget: dearest, sensitivity, real: summaries})}\n`
			: `${reproductionTable(claims, seedCount)}\n${summaryLine(claims.length, refutedCount, flags)}\n${budget === '' ? '' : `${budget}\n`}${sensitivity ? `${sensitivityTerminalText(sensitivity)}\n` : ''}${realText(summaries)}page: ${relative('.', pagePath)}\n`,
	);
	return exitCode;
}

function exitCodeOf(refutedCount: number, summaries: readonly RealSummary[]): ExitCode {
	const verdicts = summaries.flatMap(({claims}) => claims.map(({verdict}) => verdict));
	if (refutedCount > 0 || verdicts.includes('refuted')) {
		return exitCodes.expectationFailed;
	}
	return verdicts.includes('not judged') ? exitCodes.notValid : exitCodes.fine;
}

function paperFolder(paper: string): string {
	const scenarios = join(packageRoot, 'scenarios');
	const papers = readdirSync(scenarios).filter(name => existsSync(join(scenarios, name, 'published.json')));
	if (!papers.includes(paper)) {
		throw new StreambedError('USAGE', `nothing is known of the paper “${paper}”`, {
			hint: `these can be reproduced: ${papers.join(', ')}`,
		});
	}
	return join(scenarios, paper);
}

function summaryLine(claimCount: number, refutedCount: number, {seedCount}: ReproduceFlags): string {
	const drawn = `simulated over ${seedCount} seeds`;
	return refutedCount === 0
		? `all ${claimCount} claims hold, ${drawn}`
		: `${refutedCount} of ${claimCount} claims are refuted, ${drawn}`;
}

function chosenFigures(all: readonly PublishedFigure[], {figures, paper}: ReproduceFlags): readonly PublishedFigure[] {
	const names = all.map(({figure}) => figure);
	const unknown = figures.filter(figure => !names.includes(figure));
	if (unknown.length > 0) {
		throw new StreambedError('USAGE', `${paper} has no figure ${unknown.join(', ')} that can be reproduced`, {
			hint: `it has ${names.join(', ')}`,
		});
	}
	return figures.length === 0 ? all : all.filter(({figure}) => figures.includes(figure));
}

/** The charts of what was driven, as pictures beside the page. */
async function writePictures(paper: string, driven: readonly RealFigure[], outFolder: string): Promise<void> {
	for (const real of driven) {
		const {figure, draws} = countedDraws(real);
		const counted = draws.filter(({size}) => size > 0);
		const png = counted.length === 0 ? undefined : await chartPng(paper, {figure, draws: counted});
		if (png) {
			await writeFileWithFolder(join(outFolder, `figure-${figure.figure}-${real.transport}.png`), png);
		}
	}
}

async function writeFileWithFolder(path: string, content: string | Uint8Array): Promise<void> {
	try {
		await mkdir(dirname(path), {recursive: true});
		await writeFile(path, content);
	} catch (cause) {
		throw writeError(`writing ${path}`, cause);
	}
}
