import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {realClock} from '#core/clock.ts';
import {packageRoot} from '#core/package-root.ts';
import type {BenchResult} from '../bench-result.ts';

const seedCount = 30;

/** The whole command that reproduces a paper, as it is built, from its start to its page. */
export async function allFigures(): Promise<BenchResult> {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	try {
		const program = join(packageRoot, 'dist/harness/cli/streambed.js');
		const flags = ['reproduce', 'zamani2018', '--seeds', String(seedCount), '--out', folder, '--json'];
		const startNs = realClock.nowNs();
		const {stdout} = await execa(process.execPath, [program, ...flags]);
		const value = Number((Number(realClock.nowNs() - startNs) / 1e9).toPrecision(3));
		const {claims} = JSON.parse(stdout) as {readonly claims: readonly unknown[]};
		return {
			name: `all figures of zamani2018 over ${seedCount} seeds`,
			value,
			unit: 's',
			target: '≤ 60 s on 2 cores',
			met: value <= 60,
			detail: `streambed reproduce zamani2018: ${claims.length} claims held against their draws, with the page; ${availableParallelism()} cores`,
		};
	} finally {
		rmSync(folder, {recursive: true});
	}
}
