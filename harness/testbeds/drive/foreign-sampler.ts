import type {ScenarioTime} from '#core/clock.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';

/** Turns what foreign programs have used since they began into what they use from one reading to the next. */
export class ForeignSampler {
	readonly #before = new Map<string, ForeignUsage>();

	/**
	 * The first reading of a site gives nothing: there is nothing to take it from. Nor does one whose processor time went back, because processes
	 * ended that nobody waited for.
	 */
	sample(usages: readonly ForeignUsage[], time: ScenarioTime): readonly RecordBody[] {
		return usages.flatMap((now): readonly RecordBody[] => {
			const before = this.#before.get(now.site);
			this.#before.set(now.site, now);
			const elapsedSeconds = before ? Number(now.atNs - before.atNs) / 1e9 : 0;
			if (!before || elapsedSeconds <= 0 || now.cpuSeconds < before.cpuSeconds) {
				return [];
			}
			return [
				{
					kind: 'foreign.sample',
					t: time.secondsAt(now.atNs),
					site: now.site,
					cpuRatio: (now.cpuSeconds - before.cpuSeconds) / elapsedSeconds,
					memoryBytes: now.memoryBytes,
					...(now.probe === undefined ? {} : {answered: now.probe !== null, ...now.probe}),
				},
			];
		});
	}
}
