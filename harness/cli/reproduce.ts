import {existsSync, readdirSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {dirname, join, relative} from 'node:path';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {writeError} from '#core/records/write-error.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {readPublished} from '#reports/published/read-published.ts';
import {chartPng} from '#reports/reproduction/chart-part.ts';
import type {FigureDraws, PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import {judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {reproductionPage} from '#reports/reproduction/page.ts';
import {countedDraws, type RealFigure} from '#reports/reproduction/real-links.ts';
import {realLinksPart} from '#reports/reproduction/real-links-part.ts';
import {reproductionTable} from '#reports/reproduction/terminal-table.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import {driveFigures, type RealFlags} from './reproduce-real.ts';
import {type RealSummary, realSummaries, realText} from './reproduce-summary.ts';
import {drawScenarios} from './reproduction-draws.ts';

export type ReproduceFlags = {
	readonly paper: string;
	/** Only these figures; all of them when empty. */
	readonly figures: readonly string[];
	readonly seedCount: number;
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
	const simulated = await drawFigures(figures, folder, flags);
	const {real, onProgress} = flags;
	const driven = real ? await driveFigures({figures, folder, outFolder, flags: real, onProgress}) : [];
	const claims = simulated.flatMap(judgeFigure);
	const readings = await readFile(join(folder, 'README.md'), 'utf8');
	const realLinks = await realLinksPart({paper: flags.paper, simulated, driven});
	const pagePath = join(outFolder, 'reproduction.html');
	const page = await reproductionPage({
		published,
		results: simulated,
		claims,
		readings,
		seedCount: flags.seedCount,
		realLinks,
	});
	await writeFileWithFolder(pagePath, page);
	await writePictures(flags.paper, driven, outFolder);
	const summaries = realSummaries(driven, simulated);
	const refutedCount = claims.filter(({judged}) => !judged.holds).length;
	const exitCode = exitCodeOf(refutedCount, summaries);
	const {paper, seedCount} = flags;
	flags.write(
		flags.json
			? `${JSON.stringify({paper, seedCount, exitCode, page: pagePath, claims, real: summaries})}\n`
			: `${reproductionTable(claims, seedCount)}\n${summaryLine(claims.length, refutedCount, flags)}\n${realText(summaries)}page: ${relative('.', pagePath)}\n`,
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

async function drawFigures(
	figures: readonly PublishedFigure[],
	folder: string,
	{seedCount, workers, real, onProgress}: ReproduceFlags,
): Promise<readonly FigureDraws[]> {
	const seeds = Array.from({length: seedCount}, (_, index) => index + 1);
	// What is driven at a time scale is simulated at it, too: they are to be the same scenario.
	const set = real?.timeScale === undefined ? [] : [`timeScale=${real.timeScale}`];
	const loaded = figures.map(figure => ({figure, scenario: loadScenario(join(folder, figure.scenario), {set})}));
	await using simulations = await simulatedTestbed.open({threadCount: workers ?? availableParallelism()});
	let tenths = 0;
	const runOf = await drawScenarios({
		scenarios: loaded.map(({scenario}) => scenario),
		seeds,
		simulations,
		onDrawn({drawnCount, count}) {
			if (Math.floor((drawnCount / count) * 10) > tenths) {
				tenths = Math.floor((drawnCount / count) * 10);
				onProgress(`${drawnCount} of ${count} draws simulated`);
			}
		},
	});
	return loaded.map(({figure, scenario: {variants}}) => ({
		figure,
		draws: seeds.map(
			seed => new Map(variants.map(({variant, scenario}) => [variant, runOf({variant, scenario, seed})])),
		),
	}));
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
