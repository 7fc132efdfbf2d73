import type {BitsPerSecond, Bytes, MonotonicNs, Seconds} from '#core/units.ts';

/** What was carried by an instant, each way. */
export type Carried = {readonly atNs: MonotonicNs; readonly forwardBytes: Bytes; readonly backwardBytes: Bytes};

/**
 * Rates over the last seconds, from readings that come when somebody asks. They are held against one that is old enough, so that
 * whoever else asks meanwhile changes nothing.
 */
export class RecentRate {
	/** The oldest is the one that new ones are held against. */
	#readings: readonly Carried[];

	constructor(start: Carried) {
		this.#readings = [start];
	}

	/** Notes a reading; gives the rates since the last one that is five seconds old, or since the start. */
	read(now: Carried): {readonly forwardBitsPerSecond: BitsPerSecond; readonly backwardBitsPerSecond: BitsPerSecond} {
		const oldIndex = this.#readings.findLastIndex(({atNs}) => secondsBetween(atNs, now.atNs) >= windowSeconds);
		this.#readings = this.#readings.slice(Math.max(0, oldIndex));
		const last = this.#readings.at(-1);
		if (last && secondsBetween(last.atNs, now.atNs) >= pauseSeconds) {
			this.#readings = [...this.#readings, now];
		}
		const base = this.#readings[0] ?? now;
		const elapsedSeconds = Math.max(1e-9, secondsBetween(base.atNs, now.atNs));
		return {
			forwardBitsPerSecond: ((now.forwardBytes - base.forwardBytes) * 8) / elapsedSeconds,
			backwardBitsPerSecond: ((now.backwardBytes - base.backwardBytes) * 8) / elapsedSeconds,
		};
	}
}

const secondsBetween = (fromNs: MonotonicNs, toNs: MonotonicNs): Seconds => Number(toNs - fromNs) / 1e9;

const windowSeconds: Seconds = 5;
/** At most so many readings are kept as fit into the window at this distance. */
const pauseSeconds: Seconds = 0.25;
