import {setTimeout as sleepMs} from 'node:timers/promises';
import type {MonotonicNs, Ms, Seconds} from './units.ts';

/** The one door to time: everything that waits or reads an instant is given a clock. */
export type Clock = {
	/** Monotonic; on one machine the same for every process and every namespace. */
	nowNs(): MonotonicNs;
	/** Wall time in milliseconds since 1970, for provenance only. */
	wallMs(): Ms;
	/** Waits; rejects with the signal's reason when it is aborted. */
	sleep(seconds: Seconds, signal?: AbortSignal): Promise<void>;
	/** Calls back once, `seconds` from now. The returned function cancels it. */
	after(seconds: Seconds, callback: () => void): () => void;
	/** Calls back every `seconds` until cancelled; never keeps a process alive. */
	every(seconds: Seconds, callback: () => void): () => void;
};

export const realClock: Clock = {
	nowNs: () => process.hrtime.bigint(),
	wallMs: () => Date.now(),
	async sleep(seconds, signal) {
		await sleepMs(Math.max(0, seconds * 1000), undefined, signal ? {signal} : {});
	},
	after(seconds, callback) {
		const timer = setTimeout(callback, Math.max(0, seconds * 1000));
		return () => clearTimeout(timer);
	},
	every(seconds, callback) {
		const timer = setInterval(callback, seconds * 1000);
		timer.unref();
		return () => clearInterval(timer);
	},
};

/**
 * Scenario time on a monotonic clock: second 0 is the start of driving, and a scaled run
 * packs `1 / timeScale` scenario seconds into one real one.
 */
export class ScenarioTime {
	readonly startNs: MonotonicNs;
	readonly timeScale: number;

	constructor({startNs, timeScale}: {readonly startNs: MonotonicNs; readonly timeScale: number}) {
		this.startNs = startNs;
		this.timeScale = timeScale;
	}

	/** Scenario seconds of a monotonic instant; negative before driving. */
	secondsAt(instantNs: MonotonicNs): Seconds {
		return Number(instantNs - this.startNs) / 1e9 / this.timeScale;
	}

	/** The monotonic instant of a scenario second. */
	instantNs(scenarioSeconds: Seconds): MonotonicNs {
		return this.startNs + BigInt(Math.round(scenarioSeconds * this.timeScale * 1e9));
	}
}
