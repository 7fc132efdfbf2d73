import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {Clock, ScenarioTime} from '../clock.ts';
import type {Bytes} from '../units.ts';
import type {NodeEvent} from './messages.ts';

/** The monitor wakes this often; it counts the interval itself as delay, so that it is taken off again. */
const lagResolutionMs = 20;

/** Says once a real second how a site's process is: busy workers, CPU, lag of its event loop, bytes held. Returns its end. */
export function startSiteSampler({
	clock,
	time,
	say,
	load,
}: {
	readonly clock: Clock;
	readonly time: ScenarioTime;
	readonly say: (event: NodeEvent) => void;
	readonly load: () => {readonly workersBusy: number; readonly bufferedBytes: Bytes};
}): () => void {
	const lag = monitorEventLoopDelay({resolution: lagResolutionMs});
	lag.enable();
	let sinceNs = clock.nowNs();
	let sinceCpu = process.cpuUsage();
	const cancel = clock.every(1, () => {
		const nowNs = clock.nowNs();
		const cpu = process.cpuUsage(sinceCpu);
		say({
			kind: 'site-sample',
			atSeconds: time.secondsAt(nowNs),
			...load(),
			cpuRatio: (cpu.user + cpu.system) / 1e6 / (Number(nowNs - sinceNs) / 1e9),
			eventLoopLagMsP99: Math.max(0, lag.percentile(99) / 1e6 - lagResolutionMs),
		});
		lag.reset();
		sinceNs = nowNs;
		sinceCpu = process.cpuUsage();
	});
	return () => {
		cancel();
		lag.disable();
	};
}
