import {readFileSync} from 'node:fs';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Ratio} from '#core/units.ts';

const sampleEverySeconds = 1;
const lagResolutionMs = 20;

export type FidelitySample = {
	/** Share of the time since the last sample in which some task waited for a processor; `null` where the kernel does not tell. */
	readonly cpuPressureRatio: Ratio | null;
	readonly harnessLagMsP99: number;
};

/** Watches the machine and this process while a run drives. Stops when disposed. */
export function watchFidelity(clock: Clock, onSample: (sample: FidelitySample) => void): Disposable {
	const lag = monitorEventLoopDelay({resolution: lagResolutionMs});
	lag.enable();
	let before = readPressure(clock);
	const cancel = clock.every(sampleEverySeconds, () => {
		const now = readPressure(clock);
		onSample({
			cpuPressureRatio: pressureBetween(before, now),
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

type Pressure = {readonly atNs: MonotonicNs; readonly waitedUs: number | undefined};

function pressureBetween(before: Pressure, now: Pressure): Ratio | null {
	if (before.waitedUs === undefined || now.waitedUs === undefined) {
		return null;
	}
	const elapsedUs = Number(now.atNs - before.atNs) / 1e3;
	return Math.min(1, Math.max(0, (now.waitedUs - before.waitedUs) / elapsedUs));
}

/** Microseconds that some task has waited for a processor, since the machine started. */
function readPressure(clock: Clock): Pressure {
	const atNs = clock.nowNs();
	try {
		const [, total] = /^some .*total=(\d+)/m.exec(readFileSync(pressureFile, 'utf8')) ?? [];
		return {atNs, waitedUs: total === undefined ? undefined : Number(total)};
	} catch {
		// A kernel without pressure stall information has no such file; the verdict says that it was not watched.
		return {atNs, waitedUs: undefined};
	}
}

const pressureFile = '/proc/pressure/cpu';
