import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {packageRoot} from '#core/package-root.ts';
import type {BenchResult} from './bench-result.ts';

const drawCount = 1000;

/** Many simulated runs on one machine: on one thread, and on two. */
export async function sweepBench(): Promise<readonly BenchResult[]> {
	const oneSeconds = await sweepSeconds(1);
	const twoSeconds = await sweepSeconds(2);
	const value = Number((oneSeconds / twoSeconds).toPrecision(3));
	return [
		{
			name: `${drawCount} simulated runs, two workers against one`,
			value,
			unit: 'times',
			target: '≥ 1.8 times',
			met: value >= 1.8,
			detail: `twelve streams for ten minutes each, --records first: ${oneSeconds.toFixed(1)} s and ${twoSeconds.toFixed(1)} s, the report left out; ${availableParallelism()} cores`,
		},
	];
}

async function sweepSeconds(threadCount: number): Promise<number> {
	const program = join(packageRoot, 'test/bench/sweep-run.ts');
	const {stdout} = await execa(process.execPath, [program, String(drawCount), String(threadCount)]);
	const {endedCount, verdict, seconds} = JSON.parse(stdout) as {
		readonly endedCount: number;
		readonly verdict: string;
		readonly seconds: number;
	};
	if (endedCount !== drawCount || verdict !== 'valid') {
		throw new Error(`a sweep of ${drawCount} runs ended ${endedCount} of them, and is ${verdict}`);
	}
	return seconds;
}
