import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {packageRoot} from '#core/package-root.ts';
import {runDocumentSchema} from '#core/records/run-document.ts';
import type {Seconds} from '#core/units.ts';
import type {BenchResult} from './bench-result.ts';

const drawCount = 1000;

type Sweep = {readonly figure: string; readonly variant: string; readonly draws: string};

/** Many simulated runs on one machine, by the built program: on one thread, and on two. */
export async function sweepBench(): Promise<readonly BenchResult[]> {
	return [
		await speedUp({figure: 'figure-10', variant: 'reserved', draws: 'twelve streams for ten minutes'}),
		await speedUp({figure: 'figure-7', variant: 'minimum-80', draws: '194 requests in half an hour'}),
	];
}

async function speedUp({draws, ...sweep}: Sweep): Promise<BenchResult> {
	const oneSeconds = await sweepSeconds(sweep, 1);
	const twoSeconds = await sweepSeconds(sweep, 2);
	const value = Number((oneSeconds / twoSeconds).toPrecision(3));
	return {
		name: `${drawCount} simulated runs, ${draws}: two workers against one`,
		value,
		unit: 'times',
		target: '≥ 1.8 times',
		met: value >= 1.8,
		detail: `--records first: ${oneSeconds.toFixed(1)} s and ${twoSeconds.toFixed(1)} s, the report left out; ${availableParallelism()} cores`,
	};
}

/** From the beginning of the run to its verdict, as its document has it. */
async function sweepSeconds({figure, variant}: Omit<Sweep, 'draws'>, workerCount: number): Promise<Seconds> {
	const outDir = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		const {stdout} = await execa(process.execPath, [
			join(packageRoot, 'dist/harness/cli/streambed.js'),
			'run',
			join(packageRoot, `scenarios/zamani2018/${figure}.yaml`),
			...['--variant', variant, '--testbed', 'simulated', '--json', '--out', outDir],
			...['--repeat', String(drawCount), '--records', 'first', '--workers', String(workerCount)],
		]);
		const {folder} = JSON.parse(stdout) as {readonly folder: string};
		const document = runDocumentSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')));
		const {startedAt, endedAt = '', outcomes, verdict} = document;
		if (outcomes.length !== drawCount || verdict !== 'valid') {
			throw new Error(`a sweep of ${drawCount} runs ended ${outcomes.length} of them, and is ${verdict}`);
		}
		return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
	} finally {
		rmSync(outDir, {recursive: true});
	}
}
