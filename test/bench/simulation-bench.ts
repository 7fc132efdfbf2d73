import {join} from 'node:path';
import {execa} from 'execa';
import {packageRoot} from '#core/package-root.ts';
import type {BenchResult} from './bench-result.ts';
import {allFigures} from './simulation/all-figures.ts';

/** How fast virtual time passes, and whether it leaves anything behind. */
export async function simulationBench(): Promise<readonly BenchResult[]> {
	return [
		await figure('bare-engine'),
		await figure('memory-slope'),
		await figure('records-written'),
		await figure('half-an-hour'),
		await allFigures(),
	];
}

async function figure(name: string): Promise<BenchResult> {
	const program = join(packageRoot, 'test/bench/simulation-figure.ts');
	const {stdout} = await execa(process.execPath, [program, name]);
	return JSON.parse(stdout) as BenchResult;
}
