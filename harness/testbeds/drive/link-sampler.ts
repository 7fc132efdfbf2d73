import type {ScenarioTime} from '#core/clock.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {BitsPerSecond} from '#core/units.ts';
import type {LinkCounters} from '../testbed.ts';

/** Turns counters that only grow into rates between one reading and the next. */
export class LinkSampler {
	readonly #before = new Map<string, LinkCounters>();

	/** The first reading of a link gives nothing: there is nothing to take it from. */
	sample(
		counters: readonly LinkCounters[],
		{time, capacity}: {readonly time: ScenarioTime; readonly capacity: (link: string) => BitsPerSecond},
	): readonly RecordBody[] {
		return counters.flatMap(now => {
			const key = `${now.link}/${now.from}`;
			const before = this.#before.get(key);
			this.#before.set(key, now);
			const elapsedSeconds = before ? Number(now.atNs - before.atNs) / 1e9 : 0;
			if (!before || elapsedSeconds <= 0) {
				return [];
			}
			return [
				{
					kind: 'link.sample',
					t: time.secondsAt(now.atNs),
					link: now.link,
					from: now.from,
					capacityBitsPerSecond: capacity(now.link),
					bitsPerSecond: ((now.bytes - before.bytes) * 8) / elapsedSeconds,
					droppedCount: now.droppedCount - before.droppedCount,
					backlogBytes: now.backlogBytes,
				},
			];
		});
	}
}
