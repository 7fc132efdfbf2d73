import {existsSync, readdirSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join, relative} from 'node:path';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {writeError} from '#core/records/write-error.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {readPublished} from '#reports/published/read-published.ts';
import type {FigureDraws, PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import {judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {reproductionPage} from '#reports/reproduction/page.ts';
import {reproductionTable} from '#reports/reproduction/terminal-table.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';
import {drawScenarios} from './reproduction-draws.ts';

export type ReproduceFlags = {
	readonly paper: string;
	/** Only these figures; all of them when empty. */
	readonly figures: readonly string[];
	readonly seedCount: number;
	readonly workers?: number;
	readonly out: string;
	readonly json: boolean;
	readonly write: (text: string) => void;
	/** Says how far it is. */
	readonly onProgress: (line: string) => void;
};

/** Holds a paper's figures against simulations of many seeds: a table, a page, and 5 when the draws refute a claim. */
export async function reproduce(flags: ReproduceFlags): Promise<ExitCode> {
	const folder = paperFolder(flags.paper);
	const published = await readPublished(join(folder, 'published.json'));
	const figures = chosenFigures(published.figures, flags);
	const results = await drawFigures(figures, folder, flags);
	const claims = results.flatMap(judgeFigure);
	const readings = await readFile(join(folder, 'README.md'), 'utf8');
	const outFolder = join(flags.out, `reproduction-${flags.paper}`);
	const pagePath = join(outFolder, 'reproduction.html');
	const page = await reproductionPage({published, results, claims, readings, seedCount: flags.seedCount});
	await writeText(outFolder, pagePath, page);
	const refutedCount = claims.filter(({judged}) => !judged.holds).length;
	const exitCode = refutedCount === 0 ? exitCodes.fine : exitCodes.expectationFailed;
	flags.write(
		flags.json
			? `${JSON.stringify({paper: flags.paper, seedCount: flags.seedCount, exitCode, page: pagePath, claims})}\n`
			: `${reproductionTable(claims, flags.seedCount)}\n${summaryLine(claims.length, refutedCount, flags)}\npage: ${relative('.', pagePath)}\n`,
	);
	return exitCode;
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
	{seedCount, workers, onProgress}: ReproduceFlags,
): Promise<readonly FigureDraws[]> {
	const seeds = Array.from({length: seedCount}, (_, index) => index + 1);
	const loaded = figures.map(figure => ({figure, scenario: loadScenario(join(folder, figure.scenario))}));
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

async function writeText(folder: string, path: string, text: string): Promise<void> {
	try {
		await mkdir(folder, {recursive: true});
		await writeFile(path, text);
	} catch (cause) {
		throw writeError(`writing ${path}`, cause);
	}
}
