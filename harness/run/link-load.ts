import type {RecordOf} from '#core/records/schema.ts';
import type {BitsPerSecond, Bytes, Ratio, Seconds} from '#core/units.ts';

type LinkSample = Omit<RecordOf<'link.sample'>, 'variant' | 'repeat'>;

/** One reading of what a direction of a link carried, against the most that it could have. */
export type LoadReading = {
	readonly link: string;
	readonly from: string;
	/** Where the reading ends, in scenario seconds. */
	readonly atSeconds: Seconds;
	/** At layer 2, as its class counted it. */
	readonly bitsPerSecond: BitsPerSecond;
	/** The capacity, and what a class may let out beyond it in so short a time. */
	readonly possibleBitsPerSecond: BitsPerSecond;
};

/**
 * The reading of the link counters that came closest to what its link could carry, or exceeds it most.
 *
 * A class may let out its burst and one segment beyond its rate, and the instant of a reading is known to some milliseconds: in a
 * short reading, or on a slow link, that is a large share. The first reading of a direction is left out: when it began is not
 * recorded. A reading near a step may hold traffic of both rates, and the capacity is recorded when the harness
 * has heard of the step: so the largest of the four around it counts.
 */
export class LinkLoad {
	readonly #timeScale: number;
	readonly #recent = new Map<string, readonly LinkSample[]>();
	#count = 0;
	#highest: LoadReading | undefined;

	constructor(timeScale: number) {
		this.#timeScale = timeScale;
	}

	hear(sample: LinkSample): void {
		const key = `${sample.link}/${sample.from}`;
		const recent = [...(this.#recent.get(key) ?? []), sample].slice(-4);
		this.#recent.set(key, recent);
		this.#count++;
		this.#highest = higher(this.#highest, this.#reading(recent.slice(0, -1), sample));
	}

	/** How many readings there were, those of which nothing can be said included. */
	get count(): number {
		return this.#count;
	}

	/** `undefined` when no direction was read twice. */
	get highest(): LoadReading | undefined {
		// The last reading of each direction has none after it.
		return [...this.#recent.values()].reduce<LoadReading | undefined>(
			(found, recent) => higher(found, this.#reading(recent.slice(-3))),
			this.#highest,
		);
	}

	/** Of the last of these samples, up to three that follow one another; `next` may tell of a step that it did not know of. */
	#reading(samples: readonly LinkSample[], next?: LinkSample): LoadReading | undefined {
		const [before, sample] = samples.slice(-2);
		if (!before || !sample) {
			return undefined;
		}
		const {link, from, t: atSeconds, bitsPerSecond} = sample;
		const elapsedSeconds = (atSeconds - before.t) * this.#timeScale;
		const capacityBitsPerSecond = Math.max(
			...samples.map(one => one.capacityBitsPerSecond),
			next?.capacityBitsPerSecond ?? 0,
		);
		const beyond = capacityBitsPerSecond * beyondSeconds + beyondBytes * 8;
		return {
			link,
			from,
			atSeconds,
			bitsPerSecond,
			possibleBitsPerSecond: capacityBitsPerSecond + beyond / elapsedSeconds,
		};
	}
}

/** How much of what it could carry a link carried, at layer 2. */
export function loadRatio({bitsPerSecond, possibleBitsPerSecond}: LoadReading): Ratio {
	return bitsPerSecond / possibleBitsPerSecond;
}

function higher(one: LoadReading | undefined, other: LoadReading | undefined): LoadReading | undefined {
	return one && (!other || loadRatio(one) >= loadRatio(other)) ? one : other;
}

/** The burst of a class lasts 5 ms (docs/links.md); a reading may be interrupted between the counter and its instant, at both ends. */
const beyondSeconds: Seconds = 0.025;
/** One segment with offloads, 64 KiB with the headers of its frames, and the least burst of a class. */
const beyondBytes: Bytes = 72_000;
