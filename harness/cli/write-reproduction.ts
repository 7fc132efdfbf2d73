import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {writeFileWithFolder} from '#core/records/write-file-with-folder.ts';
import type {Published} from '#reports/published/schema.ts';
import {budgetText, dearestChunk} from '#reports/reproduction/budget-slack.ts';
import {chartPng} from '#reports/reproduction/chart-part.ts';
import {type ClaimResult, judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {reproductionPage} from '#reports/reproduction/page.ts';
import {countedDraws, type RealFigure} from '#reports/reproduction/real-links.ts';
import {realLinksPart} from '#reports/reproduction/real-links-part.ts';
import {type SensitivityTable, sensitivityTable} from '#reports/reproduction/sensitivity-table.ts';
import {sensitivityMarkdown} from '#reports/reproduction/sensitivity-text.ts';
import type {ReproductionResults} from './reproduction-results.ts';

/** What a reproduction came to, and where its page is. */
export type WrittenReproduction = {
	readonly pagePath: string;
	readonly claims: readonly ClaimResult[];
	readonly sensitivity: SensitivityTable | undefined;
	readonly dearest: ReturnType<typeof dearestChunk>;
	/** Empty where nothing can be said of it. */
	readonly budget: string;
};

/** Writes the page, and beside it the table of other readings and pictures of what was driven, as far as there are any yet. */
export async function writeReproduction(
	{simulated, driven, others}: ReproductionResults,
	{
		published,
		folder,
		outFolder,
		seedCount,
	}: {
		readonly published: Published;
		/** Of the paper’s scenarios. */
		readonly folder: string;
		readonly outFolder: string;
		readonly seedCount: number;
	},
): Promise<WrittenReproduction> {
	const {paper} = published;
	const claims = simulated.flatMap(judgeFigure);
	const sensitivity = others && sensitivityTable({chosen: claims, others, seedCount});
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
		driven,
		realLinks: await realLinksPart({paper, simulated, driven}),
	});
	await writeFileWithFolder(pagePath, page);
	if (sensitivity) {
		await writeFileWithFolder(join(outFolder, 'sensitivity.md'), sensitivityMarkdown(sensitivity, paper));
	}
	await writePictures(paper, driven, outFolder);
	return {pagePath, claims, sensitivity, dearest, budget};
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
