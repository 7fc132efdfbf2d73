import {existsSync, readdirSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {requireFolder} from '#core/records/require-folder.ts';
import {writeFileWithFolder} from '#core/records/write-file-with-folder.ts';
import {readPublished} from '#reports/published/read-published.ts';
import {budgetText, dearestChunk} from '#reports/reproduction/budget-slack.ts';
import {chartPng} from '#reports/reproduction/chart-part.ts';
import type {PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import {type ClaimResult, judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {reproductionPage} from '#reports/reproduction/page.ts';
import {countedDraws, type RealFigure} from '#reports/reproduction/real-links.ts';
import {realLinksPart} from '#reports/reproduction/real-links-part.ts';
import {sensitivityTable} from '#reports/reproduction/sensitivity-table.ts';
import {sensitivityMarkdown} from '#reports/reproduction/sensitivity-text.ts';
import {planDrives, type RealFlags} from './reproduce-real.ts';
import {type RealSummary, realSummaries} from './reproduce-summary.ts';
import {reproductionResults} from './reproduction-results.ts';
import {reproductionText} from './reproduction-text.ts';

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
	const {paper, seedCount, real} = flags;
	const folder = paperFolder(paper);
	const published = await readPublished(join(folder, 'published.json'));
	const figures = chosenFigures(published.figures, flags);
	const outFolder = join(flags.out, `reproduction-${paper}`);
	// All that can be refused is refused before the first draw.
	requireCounterparts(flags);
	const planned = real ? planDrives({figures, folder, flags: real}) : [];
	requireFolder(outFolder);
	const {simulated, driven, others} = await reproductionResults({figures, folder, planned, outFolder, flags});
	const claims = simulated.flatMap(judgeFigure);
	const sensitivity = flags.sensitivity ? sensitivityTable({chosen: claims, others, seedCount}) : undefined;
	const dearest = dearestChunk(simulated.flatMap(figureDraws => figureDraws.draws.flatMap(draw => [...draw.values()])));
	const budget = dearest === undefined ? '' : budgetText(dearest);
	const pagePath = join(outFolder, 'reproduction.html');
	const page = await reproductionPage({
		published,
		results: simulated,
		claims,
		readings: await readFile(join(folder, 'README.md'), 'utf8'),
		seedCount,
		budget,
		sensitivity,
		realLinks: await realLinksPart({paper, simulated, driven}),
	});
	await writeFileWithFolder(pagePath, page);
	if (sensitivity) {
		await writeFileWithFolder(join(outFolder, 'sensitivity.md'), sensitivityMarkdown(sensitivity, paper));
	}
	await writePictures(paper, driven, outFolder);
	const summaries = realSummaries(driven, simulated);
	const exitCode = exitCodeOf(claims, summaries);
	flags.write(
		flags.json
			? `${JSON.stringify({paper, seedCount, exitCode, page: pagePath, claims, budget: dearest, sensitivity, real: summaries})}\n`
			: reproductionText({claims, seedCount, budget, sensitivity, summaries, pagePath}),
	);
	return exitCode;
}

/** Every draw over real links is held against the simulated one of its seed. */
function requireCounterparts({real, seedCount}: ReproduceFlags): void {
	if (real && real.repeat > seedCount) {
		throw new StreambedError('USAGE', `${real.repeat} draws over real links have only ${seedCount} simulated`, {
			hint: `give --seeds ${real.repeat} or more, so that each has its counterpart`,
		});
	}
}

function exitCodeOf(claims: readonly ClaimResult[], summaries: readonly RealSummary[]): ExitCode {
	const verdicts = summaries.flatMap(({claims}) => claims.map(({verdict}) => verdict));
	if (claims.some(({judged}) => !judged.holds) || verdicts.includes('refuted')) {
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
