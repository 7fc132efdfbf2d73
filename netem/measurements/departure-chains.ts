import type {BitsPerSecond, Bytes, MonotonicNs} from '#core/units.ts';

/** A device's counter as it was read. */
export type CounterReading = {readonly atNs: MonotonicNs; readonly bytes: Bytes; readonly backlogBytes: Bytes};

type Departure = {readonly atNs: MonotonicNs; readonly bytesBefore: Bytes};

/**
 * Readings of a counter, taken closely, as rates: while a queue stands, what has left between two departures is what the rate
 * allowed between them. A reading without a queue ends a chain of such departures, and the next one begins another. Pure.
 */
export class DepartureChains {
	readonly #chains: Departure[][] = [];
	#chain: Departure[] | undefined;
	#before: CounterReading | undefined;

	add(reading: CounterReading): void {
		const before = this.#before;
		this.#before = reading;
		if (!before || before.backlogBytes === 0) {
			this.#chain = undefined;
			return;
		}
		if (reading.bytes !== before.bytes) {
			if (!this.#chain) {
				this.#chain = [];
				this.#chains.push(this.#chain);
			}
			const atNs = before.atNs + (reading.atNs - before.atNs) / 2n;
			this.#chain.push({atNs, bytesBefore: before.bytes});
		}
	}

	/** Up to `windowCountMax` for each chain, all of one chain with about as many departures. */
	windows(): readonly BitsPerSecond[] {
		return this.#chains.flatMap(chain => {
			const gapCount = chain.length - 1;
			const count = Math.min(windowCountMax, gapCount);
			return Array.from({length: Math.max(0, count)}, (_, index) => {
				const start = chain[Math.floor((index * gapCount) / count)] as Departure;
				const end = chain[Math.floor(((index + 1) * gapCount) / count)] as Departure;
				return ((end.bytesBefore - start.bytesBefore) * 8) / (Number(end.atNs - start.atNs) / 1e9);
			});
		});
	}
}

const windowCountMax = 4;
