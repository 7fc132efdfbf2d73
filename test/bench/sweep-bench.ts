import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {median} from 'simple-statistics';
import {packageRoot} from '#core/package-root.ts';
import {runDocumentSchema} from '#core/records/run-document.ts';
import type {Seconds} from '#core/units.ts';
import type {BenchResult} from './bench-result.ts';

const drawCount = 1000;

type Sweep = {readonly figure: string; readonly variant: string; readonly draws: string; readonly rounds: number};

/** Many simulated runs on one machine, by the built program: on one thread and on two, and on one thread that has one processor alone. */
export async function sweepBench(): Promise<readonly BenchResult[]> {
	return [
		...(await speedUps({figure: 'figure-10', variant: 'reserved', draws: 'twelve streams for ten minutes', rounds: 3})),
		...(await speedUps({figure: 'figure-7', variant: 'minimum-80', draws: '194 requests in half an hour', rounds: 1})),
	];
}

async function speedUps({draws, rounds, ...sweep}: Sweep): Promise<readonly BenchResult[]> {
	const [pinned, one, two]: [Seconds[], Seconds[], Seconds[]] = [[], [], []];
	for (let round = 0; round < rounds; round++) {
		pinned.push(await sweepSeconds(sweep, {workerCount: 1, before: ['taskset', '--cpu-list', '0']}));
		one.push(await sweepSeconds(sweep, {workerCount: 1}));
		two.push(await sweepSeconds(sweep, {workerCount: 2}));
	}
	const against = (seconds: readonly Seconds[], whom: string): BenchResult => {
		const value = Number((median([...seconds]) / median(two)).toPrecision(3));
		return {
			name: `${drawCount} simulated runs, ${draws}: two workers against ${whom}`,
			value,
			unit: 'times',
			target: '≥ 1.8 times',
			met: value >= 1.8,
			detail: `--records first: ${median([...seconds]).toFixed(1)} s and ${median(two).toFixed(1)} s, median of ${rounds}, the report left out; ${availableParallelism()} cores`,
		};
	};
	return [against(one, 'one'), against(pinned, 'one that has one processor alone')];
}

/** From the beginning of the run to its verdict, as its document has it. */
async function sweepSeconds(
	{figure, variant}: Pick<Sweep, 'figure' | 'variant'>,
	{workerCount, before = []}: {readonly workerCount: number; readonly before?: readonly string[]},
): Promise<Seconds> {
	const outDir = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		const [program = '', ...parameters] = [
			...before,
			process.execPath,
			join(packageRoot, 'dist/harness/cli/streambed.js'),
			'run',
			join(packageRoot, `scenarios/zamani2018/${figure}.yaml`),
			...['--variant', variant, '--testbed', 'simulated', '--json', '--out', outDir],
			...['--repeat', String(drawCount), '--records', 'first', '--workers', String(workerCount)],
		];
		const {stdout} = await execa(program, parameters);
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
