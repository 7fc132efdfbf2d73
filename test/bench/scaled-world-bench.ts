import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {drawSvg} from '#reports/figures/draw.ts';
import type {BenchResult} from './bench-result.ts';
import {scaledWorldFigure} from './scaled-world-figure.ts';
import type {ScaledRun} from './scaled-world-run.ts';

const largestCount = 100_000;
const comparedCount = 10_000;
const requestCounts = [1000, 3000, comparedCount, 30_000, largestCount];

const program = fileURLToPath(new URL('scaled-world-run.ts', import.meta.url));
const image = new URL('../../docs/images/scaled-world.svg', import.meta.url);

/** How time and memory grow with the requests of a world of a thousand sites; draws them into docs/images. */
export async function scaledWorldBench(): Promise<readonly BenchResult[]> {
	const runs: ScaledRun[] = [];
	for (const requestCount of requestCounts) {
		runs.push(await runOf(requestCount));
	}
	await writeFile(image, await drawSvg(scaledWorldFigure(runs)));
	const {acceptedCount, usedSiteCount, eventCount} = runOfCount(runs, largestCount);
	const list = (of: (run: ScaledRun) => string) => runs.map(run => `${run.requestCount}: ${of(run)}`).join(', ');
	return [
		growth('time', runs, {
			of: ({seconds}) => seconds,
			detail: `${list(({seconds}) => `${seconds.toPrecision(3)} s`)}; of ${largestCount} requests ${acceptedCount} were accepted, on ${usedSiteCount} compute sites: ${eventCount} events`,
		}),
		growth('memory', runs, {
			of: ({memoryBytes}) => memoryBytes,
			detail: list(({memoryBytes}) => `${Math.round(memoryBytes / 1e6)} MB`),
		}),
	];
}

/** The mark is what n log n gives. Smaller runs are mostly what a thousand sites cost by themselves. */
function growth(
	what: string,
	runs: readonly ScaledRun[],
	{of, detail}: {readonly of: (run: ScaledRun) => number; readonly detail: string},
): BenchResult {
	const value = of(runOfCount(runs, largestCount)) / of(runOfCount(runs, comparedCount));
	const most = (largestCount * Math.log(largestCount)) / (comparedCount * Math.log(comparedCount));
	return {
		name: `1,001 sites: ${what} of ${largestCount} requests against that of ${comparedCount}`,
		value,
		unit: 'times',
		target: `≤ ${most} times`,
		met: value <= most,
		detail,
	};
}

function runOfCount(runs: readonly ScaledRun[], count: number): ScaledRun {
	const run = runs.find(({requestCount}) => requestCount === count);
	if (!run) {
		throw new Error(`no run of ${count} requests was made`);
	}
	return run;
}

async function runOf(requestCount: number): Promise<ScaledRun> {
	const {stdout} = await promisify(execFile)(process.execPath, ['--import=tsx', program, `${requestCount}`]);
	return JSON.parse(stdout) as ScaledRun;
}
