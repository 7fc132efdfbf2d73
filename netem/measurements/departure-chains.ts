import type {BitsPerSecond, Bytes, MonotonicNs} from '#core/units.ts';

/** A device's counter as it was read: it stood so at some instant of the reading. */
export type CounterReading = {
	readonly fromNs: MonotonicNs;
	readonly atNs: MonotonicNs;
	readonly bytes: Bytes;
	readonly backlogBytes: Bytes;
};

type Departure = {readonly atNs: MonotonicNs; readonly beforeBytes: Bytes};

/**
 * Readings of a counter, taken closely, as rates: while a queue stands, what has left between two departures is what the rate
 * allowed between them. A reading without a queue ends a chain of such departures, and so does a pause of the reader in which the
 * queue may have run empty unseen: one that was long, and in which more left than had stood in the queue before. What left during
 * a pause left at an instant that nobody knows, so no window begins or ends there; a reading that a pause interrupted is none. A link that was idle lets a burst pass, so a
 * chain counts from a little after its beginning. Pure.
 */
export class DepartureChains {
	readonly #chains: Departure[][] = [];
	#chain: Departure[] | undefined;
	#before: CounterReading | undefined;

	add(reading: CounterReading): void {
		if (reading.atNs - reading.fromNs > readingNs) {
			return;
		}
		const before = this.#before;
		this.#before = reading;
		if (!before || before.backlogBytes === 0) {
			this.#chain = undefined;
			return;
		}
		const elapsedNs = reading.atNs - before.atNs;
		const isProven = reading.bytes - before.bytes < before.backlogBytes;
		if (elapsedNs > pauseNs && !isProven) {
			this.#chain = undefined;
			return;
		}
		if (reading.bytes !== before.bytes && elapsedNs <= instantNs) {
			if (!this.#chain) {
				this.#chain = [];
				this.#chains.push(this.#chain);
			}
			const atNs = before.atNs + elapsedNs / 2n;
			this.#chain.push({atNs, beforeBytes: before.bytes});
		}
	}

	/** One for each stretch of a chain that is long enough; what is left over at its end is in none. */
	windows(): readonly BitsPerSecond[] {
		return this.#chains.flatMap(chain => {
			const windows: BitsPerSecond[] = [];
			const settled = chain.filter(({atNs}) => atNs - (chain[0]?.atNs ?? atNs) >= burstNs);
			let [start] = settled;
			for (const departure of settled) {
				const elapsedNs = departure.atNs - (start?.atNs ?? departure.atNs);
				if (start && elapsedNs >= windowNs) {
					windows.push(((departure.beforeBytes - start.beforeBytes) * 8) / (Number(elapsedNs) / 1e9));
					start = departure;
				}
			}
			return windows;
		});
	}
}

/** A millisecond or more: the instant of a departure is known to some hundredths of it. */
const windowNs: MonotonicNs = 1_000_000n;
/** One takes some 20 µs. */
const readingNs: MonotonicNs = 100_000n;
/** A departure in a longer time between two readings is one of a pause. */
const instantNs: MonotonicNs = 500_000n;
/** Less than what a train keeps in flight. */
const pauseNs: MonotonicNs = 2_000_000n;
/** At the speed of an unshaped device a burst is over sooner. */
const burstNs: MonotonicNs = 500_000n;
