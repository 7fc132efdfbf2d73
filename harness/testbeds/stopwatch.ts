import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';

/** Each reading is the time since the one before. */
export function startStopwatch(clock: Clock): () => Seconds {
	let lastNs = clock.nowNs();
	return () => {
		const sinceNs = clock.nowNs() - lastNs;
		lastNs += sinceNs;
		return Number(sinceNs) / 1e9;
	};
}
