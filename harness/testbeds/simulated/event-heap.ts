import type {Seconds} from '#core/units.ts';

/** Every parent has four children: half as deep as a binary heap, and the keys of the four lie side by side in memory. */
const childCount = 4;

/** A priority and a sequence in one number: sequences stay below 2^49, so that both are exact in 53 bits. */
const sequenceLimit = 2 ** 49;

/**
 * Slots in the order of (time, priority, sequence), in typed arrays that grow and never shrink. It knows where every slot
 * stands, so that one can be taken out of the middle.
 */
export class EventHeap {
	/** Two numbers a place: the time, then priority and sequence. */
	#keys = new Float64Array(128);
	#slots = new Int32Array(64);
	/** Of every slot, its place in the arrays above. */
	#places = new Int32Array(64);
	#size = 0;

	get size(): number {
		return this.#size;
	}

	/** The time of the first one; of an empty heap it says nothing. */
	get firstSeconds(): Seconds {
		return this.#keys[0] as number;
	}

	push(slot: number, seconds: Seconds, priority: number, sequence: number): void {
		if (this.#size === this.#slots.length || slot >= this.#places.length) {
			this.#grow();
		}
		this.#rise(this.#size++, slot, seconds, priority * sequenceLimit + sequence);
	}

	/** Takes the first slot out. */
	pop(): number {
		const first = this.#slots[0] as number;
		this.#closeGap(0);
		return first;
	}

	/** Takes out a slot that is waiting, wherever it stands. */
	remove(slot: number): void {
		this.#closeGap(this.#places[slot] as number);
	}

	/** Puts the last of all into the gap, where it then finds its own place. */
	#closeGap(gap: number): void {
		const last = --this.#size;
		if (gap === last) {
			return;
		}
		const keys = this.#keys;
		const seconds = keys[last * 2] as number;
		const order = keys[last * 2 + 1] as number;
		const slot = this.#slots[last] as number;
		if (gap > 0 && isAfter(keys, (gap - 1) >> 2, seconds, order)) {
			this.#rise(gap, slot, seconds, order);
		} else {
			this.#sink(gap, slot, seconds, order);
		}
	}

	#rise(from: number, slot: number, seconds: number, order: number): void {
		const keys = this.#keys;
		let place = from;
		while (place > 0) {
			const parent = (place - 1) >> 2;
			if (!isAfter(keys, parent, seconds, order)) {
				break;
			}
			this.#move(parent, place);
			place = parent;
		}
		this.#put(place, slot, seconds, order);
	}

	#sink(from: number, slot: number, seconds: number, order: number): void {
		const keys = this.#keys;
		const size = this.#size;
		let place = from;
		for (let first = place * childCount + 1; first < size; first = place * childCount + 1) {
			const end = Math.min(first + childCount, size);
			let least = first;
			let leastSeconds = keys[first * 2] as number;
			for (let child = first + 1; child < end; child++) {
				const childSeconds = keys[child * 2] as number;
				if (
					childSeconds < leastSeconds ||
					(childSeconds === leastSeconds && (keys[child * 2 + 1] as number) < (keys[least * 2 + 1] as number))
				) {
					least = child;
					leastSeconds = childSeconds;
				}
			}
			if (isAfter(keys, least, seconds, order)) {
				break;
			}
			this.#move(least, place);
			place = least;
		}
		this.#put(place, slot, seconds, order);
	}

	#move(from: number, to: number): void {
		const keys = this.#keys;
		this.#put(to, this.#slots[from] as number, keys[from * 2] as number, keys[from * 2 + 1] as number);
	}

	#put(place: number, slot: number, seconds: number, order: number): void {
		this.#keys[place * 2] = seconds;
		this.#keys[place * 2 + 1] = order;
		this.#slots[place] = slot;
		this.#places[slot] = place;
	}

	#grow(): void {
		const length = this.#slots.length * 2;
		this.#keys = grown(this.#keys, new Float64Array(length * 2));
		this.#slots = grown(this.#slots, new Int32Array(length));
		this.#places = grown(this.#places, new Int32Array(length));
	}
}

function isAfter(keys: Float64Array, place: number, seconds: number, order: number): boolean {
	const there = keys[place * 2] as number;
	return there > seconds || (there === seconds && (keys[place * 2 + 1] as number) > order);
}

function grown<List extends Float64Array | Int32Array>(from: List, into: List): List {
	into.set(from);
	return into;
}
