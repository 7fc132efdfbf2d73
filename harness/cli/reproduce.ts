import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {requireFolder} from '#core/records/require-folder.ts';
import {readPublished} from '#reports/published/read-published.ts';
import {claimCounts} from '#reports/reproduction/claim-count.ts';
import type {PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import type {ClaimResult} from '#reports/reproduction/judge-figure.ts';
import {planDrives, type RealFlags} from './reproduce-real.ts';
import {type RealSummary, realSummaries} from './reproduce-summary.ts';
import {type ReproductionResults, reproductionResults} from './reproduction-results.ts';
import {reproductionText} from './reproduction-text.ts';
import {writeReproduction} from './write-reproduction.ts';

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
	const write = (results: ReproductionResults) => writeReproduction(results, {published, folder, outFolder, seedCount});
	const results = await reproductionResults({figures, folder, planned, outFolder, flags, write});
	const {pagePath, claims, sensitivity, dearest, budget} = await write(results);
	const {simulated, driven} = results;
	const summaries = realSummaries(driven, simulated);
	const exitCode = exitCodeOf(claims, summaries);
	flags.write(
		flags.json
			? `${JSON.stringify({paper, seedCount, exitCode, page: pagePath, counts: claimCounts(claims), claims, budget: dearest, sensitivity, real: summaries})}\n`
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
