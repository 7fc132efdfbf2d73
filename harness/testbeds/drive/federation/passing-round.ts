import {type LinkMeasurement, measurementOf, windowCountMin} from '#core/measurements/link-measurement.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';

/**
 * One round of trains over one direction of a link while streams run. A train that a pause of the sending machine cut short
 * shows no rate and leaves most of the round's bytes; another follows with what is left, so that a round takes no more than
 * its share of the link however many trains it has. Pure.
 */
export class PassingRound {
	readonly #shareSeconds: Seconds;
	readonly #believedBitsPerSecond: BitsPerSecond;
	readonly #windowsBitsPerSecond: BitsPerSecond[] = [];
	#trainCount = 0;
	#bytes: Bytes = 0;

	/** The round may take `shareSeconds` of the link, at the rate that is believed. */
	constructor({
		shareSeconds,
		believedBitsPerSecond,
	}: {
		readonly shareSeconds: Seconds;
		readonly believedBitsPerSecond: BitsPerSecond;
	}) {
		this.#shareSeconds = shareSeconds;
		this.#believedBitsPerSecond = believedBitsPerSecond;
	}

	/** What all trains of the round have sent. */
	get bytes(): Bytes {
		return this.#bytes;
	}

	/** What the next train may take of the link; undefined where the round is over: it has its rate, too little is left, or enough was tried. */
	nextTrainSeconds(): Seconds | undefined {
		const leftSeconds = this.#shareSeconds - (this.#bytes * 8) / this.#believedBitsPerSecond;
		const isOver = this.measurement() || this.#trainCount === trainsMax || leftSeconds < this.#shareSeconds / 2;
		return isOver ? undefined : leftSeconds;
	}

	add({windowsBitsPerSecond, bytes}: {readonly windowsBitsPerSecond: readonly BitsPerSecond[]; readonly bytes: Bytes}) {
		this.#trainCount++;
		this.#windowsBitsPerSecond.push(...windowsBitsPerSecond);
		this.#bytes += bytes;
	}

	/** What the trains so far have shown; undefined where that is too little for an interval. */
	measurement(): LinkMeasurement | undefined {
		return this.#windowsBitsPerSecond.length < windowCountMin ? undefined : measurementOf(this.#windowsBitsPerSecond);
	}
}

const trainsMax = 4;
