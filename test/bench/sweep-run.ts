import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {recordCollector} from '#cli/measure-collector.ts';
import {realClock} from '#core/clock.ts';
import {packageRoot} from '#core/package-root.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {runScenario} from '#run/run.ts';
import {simulatedTestbed} from '#testbeds/simulated/simulated-testbed.ts';

/** A sweep of so many draws on so many threads, in a process without a loader: prints how many ended, and in what time. */
const [drawCount = '', threadCount = ''] = process.argv.slice(2);
const outDir = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
let endedCount = 1;
try {
	const path = join(packageRoot, 'scenarios/zamani2018/figure-10.yaml');
	const startNs = realClock.nowNs();
	const {verdict} = await runScenario({
		loaded: loadScenario(path, {set: [`repeat=${drawCount}`], only: ['reserved']}),
		testbed: simulatedTestbed,
		threadCount: Number(threadCount),
		measuring: {
			collectorUrl: recordCollector.url,
			onCounts: () => {
				endedCount++;
			},
		},
		outDir,
		clock: realClock,
		signal: new AbortController().signal,
		onRecord: () => {},
		onLines: () => {},
		onPhase: () => {},
	});
	const seconds = Number(realClock.nowNs() - startNs) / 1e9;
	console.log(JSON.stringify({endedCount, verdict, seconds}));
} finally {
	rmSync(outDir, {recursive: true});
}
