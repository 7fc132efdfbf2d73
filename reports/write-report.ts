import {existsSync} from 'node:fs';
import {readdir, rm} from 'node:fs/promises';
import {join, relative, sep} from 'node:path';
import type {RunDocument} from '#core/records/run-document.ts';
import {writeFileWithFolder} from '#core/records/write-file-with-folder.ts';
import {chunksCsv, summaryCsv} from './csv.ts';
import {type ExpectationResult, evaluateExpectations} from './expectations.ts';
import {type DrawnFigure, drawFigures} from './figures/draw-figures.ts';
import {encodeHistogram, latencyHistogram} from './histograms.ts';
import {reportPage} from './html/page.ts';
import {junitXml} from './junit.ts';
import {latencyOrigins} from './latencies.ts';
import {summaryMarkdown} from './markdown.ts';
import {readRun} from './read-run.ts';
import {roCrate} from './ro-crate.ts';
import type {RunData} from './run-data.ts';
import {summarise} from './summary.ts';
import type {Summary} from './summary-schema.ts';

export type Report = {
	readonly summary: Summary;
	readonly expectations: readonly ExpectationResult[];
	/** How each variant's repeat was judged, and why. */
	readonly outcomes: RunDocument['outcomes'];
	readonly htmlPath: string;
};

/**
 * Measures a run folder and writes all that is made from it: summary, tables, histograms, figures and pages. The same
 * records give the same files; a run that was killed gets the report of what it left.
 *
 * @throws StreambedError RUN_FOLDER_INVALID, or DISK_FULL or OUT_REFUSED when a file cannot be written
 */
export async function writeReport(runFolder: string): Promise<Report> {
	const data = await readRun(runFolder);
	const summary = summarise(data);
	const expectations = evaluateExpectations(data, summary);
	const measured = {data, summary};
	const figures = await drawFigures(measured);
	const write = writerInto(runFolder);
	// What an earlier report drew, and this one does not, must not stay beside it.
	await Promise.all(['figures', 'histograms'].map(name => rm(join(runFolder, name), {recursive: true, force: true})));
	await write('summary.json', `${JSON.stringify(summary, undefined, '\t')}\n`);
	await write('summary.csv', summaryCsv(summary));
	await write('chunks.csv', chunksCsv(data));
	await write('summary.md', summaryMarkdown(measured, expectations));
	await write('junit.xml', junitXml({document: data.document, summary, expectations}));
	await writeHistograms(data, write);
	await writeFigures(figures, write);
	await write('report.html', reportPage({measured, expectations, figures}));
	const files = await filesOf(runFolder);
	await write('ro-crate-metadata.json', `${JSON.stringify(roCrate(data.document, files), undefined, '\t')}\n`);
	return {summary, expectations, outcomes: data.document.outcomes, htmlPath: join(runFolder, 'report.html')};
}

type Write = (path: string, content: string | Uint8Array | Iterable<string>) => Promise<void>;

const refusedHint =
	'free some space or mend the folder’s permissions, then build the report again: streambed report RUN';

function writerInto(folder: string): Write {
	return async (path, content) => writeFileWithFolder(join(folder, path), content, refusedHint);
}

async function writeHistograms(data: RunData, write: Write): Promise<void> {
	for (const run of data.runs) {
		for (const origin of latencyOrigins) {
			const text = encodeHistogram(latencyHistogram(run, origin), run, origin);
			await write(`histograms/${run.variant}-${run.repeat}-${origin}.hlog`, text);
		}
	}
}

async function writeFigures(figures: readonly DrawnFigure[], write: Write): Promise<void> {
	for (const figure of figures) {
		if (figure.kind === 'drawn') {
			await write(`figures/${figure.name}.vl.json`, `${JSON.stringify(figure.spec, undefined, '\t')}\n`);
			await write(`figures/${figure.name}.svg`, figure.svg);
			await write(`figures/${figure.name}.dark.svg`, figure.darkSvg);
			await write(`figures/${figure.name}.png`, figure.png);
		}
	}
}

/** All files of the folder but the crate's own, by name. */
async function filesOf(folder: string): Promise<readonly string[]> {
	const entries = existsSync(folder) ? await readdir(folder, {recursive: true, withFileTypes: true}) : [];
	return entries
		.filter(entry => entry.isFile() && !entry.name.endsWith('.next') && entry.name !== 'ro-crate-metadata.json')
		.map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
}
