import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {Clock, ScenarioTime} from '../clock.ts';
import type {Bytes, Seconds} from '../units.ts';
import type {NodeEvent} from './messages.ts';

/** The monitor wakes this often; it counts the interval itself as delay, so that it is taken off again. */
const lagResolutionMs = 20;

/** Says once a real second how a site's process is: busy workers, CPU, lag of its event loop, bytes held. Returns its end. */
export function startSiteSampler({
	clock,
	time,
	say,
	load,
	cpuSeconds = ownCpuSeconds,
}: {
	readonly clock: Clock;
	readonly time: ScenarioTime;
	readonly say: (event: NodeEvent) => void;
	readonly load: () => {readonly workersBusy: number; readonly bufferedBytes: Bytes};
	/** Processor time so far of all that counts as the site's; this process's own without it. */
	readonly cpuSeconds?: () => Seconds;
}): () => void {
	const lag = monitorEventLoopDelay({resolution: lagResolutionMs});
	lag.enable();
	let sinceNs = clock.nowNs();
	let sinceCpuSeconds = cpuSeconds();
	const cancel = clock.every(1, () => {
		const nowNs = clock.nowNs();
		const nowCpuSeconds = cpuSeconds();
		say({
			kind: 'site-sample',
			atSeconds: time.secondsAt(nowNs),
			...load(),
			cpuRatio: Math.max(0, nowCpuSeconds - sinceCpuSeconds) / (Number(nowNs - sinceNs) / 1e9),
			eventLoopLagMsP99: Math.max(0, lag.percentile(99) / 1e6 - lagResolutionMs),
		});
		lag.reset();
		sinceNs = nowNs;
		sinceCpuSeconds = nowCpuSeconds;
	});
	return () => {
		cancel();
		lag.disable();
	};
}

function ownCpuSeconds(): Seconds {
	const {user, system} = process.cpuUsage();
	return (user + system) / 1e6;
}
