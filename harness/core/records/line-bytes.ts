import type {Bytes} from '../units.ts';
import {NumberBytes, numberBytesMax} from './number-bytes.ts';

/** A key of an object and what stands before it, from the value before to its own. */
export type KeyBytes = Uint8Array;

/** A letter takes no more in UTF-8. */
const bytesPerLetterMax = 3;

const quotationMark = 0x22;
const backslash = 0x5c;
const trueBytes = Buffer.from('true');
const falseBytes = Buffer.from('false');

/**
 * Lines of JSON as bytes, in one buffer again and again: what `JSON.stringify` gives, without strings between values and their
 * bytes. Making, flattening and collecting those takes more time than all of a simulation's model.
 */
export class LineBytes {
	#bytes: Buffer;
	#length = 0;
	readonly #numbers = new NumberBytes();
	/** Times and latencies are often said twice: the number that was put last, and where it stands. */
	#last = {value: Number.NaN, start: 0, end: 0};

	constructor(bytes: Bytes) {
		this.#bytes = Buffer.alloc(bytes);
	}

	get length(): number {
		return this.#length;
	}

	/** All that was put since it was last taken; what is put next lies in its place. */
	take(): Uint8Array {
		const taken = this.#bytes.subarray(0, this.#length);
		this.#length = 0;
		this.#last.value = Number.NaN;
		return taken;
	}

	/** JSON that is bytes already. */
	raw(json: Uint8Array): void {
		this.#makeRoom(json.length);
		this.#bytes.set(json, this.#length);
		this.#length += json.length;
	}

	/** JSON that is letters already. */
	text(json: string): void {
		this.#makeRoom(bytesPerLetterMax * json.length);
		this.#length += this.#bytes.write(json, this.#length);
	}

	number(key: KeyBytes, value: number): void {
		this.raw(key);
		this.#makeRoom(numberBytesMax);
		const last = this.#last;
		const start = this.#length;
		if (value === last.value) {
			this.#bytes.copyWithin(start, last.start, last.end);
			this.#length += last.end - last.start;
			return;
		}
		this.#length = this.#numbers.put(this.#bytes, start, value);
		last.value = value;
		last.start = start;
		last.end = this.#length;
	}

	string(key: KeyBytes, value: string): void {
		this.raw(key);
		const {length} = value;
		this.#makeRoom(length + 2);
		const bytes = this.#bytes;
		let end = this.#length;
		bytes[end++] = quotationMark;
		for (let index = 0; index < length; index++) {
			const code = value.charCodeAt(index);
			if (!isPlain(code)) {
				this.text(JSON.stringify(value));
				return;
			}
			bytes[end++] = code;
		}
		bytes[end++] = quotationMark;
		this.#length = end;
	}

	boolean(key: KeyBytes, value: boolean): void {
		this.raw(key);
		this.raw(value ? trueBytes : falseBytes);
	}

	#makeRoom(bytes: Bytes): void {
		if (this.#length + bytes > this.#bytes.length) {
			const larger = Buffer.alloc(2 * (this.#length + bytes));
			larger.set(this.#bytes.subarray(0, this.#length));
			this.#bytes = larger;
		}
	}
}

/** Whether a letter stands for itself between quotation marks, in one byte. */
function isPlain(code: number): boolean {
	return code >= 0x20 && code < 0x7f && code !== quotationMark && code !== backslash;
}
