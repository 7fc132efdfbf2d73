import {readFileSync} from 'node:fs';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Ratio} from '#core/units.ts';

const sampleEverySeconds = 1;
const lagResolutionMs = 20;

export type FidelitySample = {
	/** Share of the time since the last sample in which some task waited for a processor. */
	readonly cpuPressureRatio: Ratio;
	readonly harnessLagMsP99: number;
};

/** Watches the machine and this process while a run drives. Stops when disposed. */
export function watchFidelity(clock: Clock, onSample: (sample: FidelitySample) => void): Disposable {
	const lag = monitorEventLoopDelay({resolution: lagResolutionMs});
	lag.enable();
	let before = readPressure(clock);
	const cancel = clock.every(sampleEverySeconds, () => {
		const now = readPressure(clock);
		const elapsedUs = Number(now.atNs - before.atNs) / 1e3;
		onSample({
			cpuPressureRatio: Math.min(1, Math.max(0, (now.waitedUs - before.waitedUs) / elapsedUs)),
			harnessLagMsP99: Math.max(0, lag.percentile(99) / 1e6 - lagResolutionMs),
		});
		lag.reset();
		before = now;
	});
	return {
		[Symbol.dispose]() {
			cancel();
			lag.disable();
		},
	};
}

/** Microseconds that some task has waited for a processor, since the machine started. */
function readPressure(clock: Clock): {readonly atNs: MonotonicNs; readonly waitedUs: number} {
	const [, total] = /^some .*total=(\d+)/m.exec(readFileSync('/proc/pressure/cpu', 'utf8')) ?? [];
	return {atNs: clock.nowNs(), waitedUs: Number(total ?? 0)};
}
