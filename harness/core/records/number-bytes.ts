import type {Bytes} from '../units.ts';
import {ShortestDecimal, tailDigitCount} from './shortest-decimal.ts';

/** JSON has no number that is longer. */
export const numberBytesMax: Bytes = 32;

const digitZero = 0x30;
const minus = 0x2d;
const point = 0x2e;

/** The digits of 00 to 99: two at a time take half of the divisions. */
const digitPairs = Buffer.from(Array.from({length: 100}, (_, pair) => String(pair).padStart(2, '0')).join(''));

/** Puts numbers into bytes, as `JSON.stringify` writes them. */
export class NumberBytes {
	readonly #decimal = new ShortestDecimal();

	/** Puts a number, which needs `numberBytesMax` bytes at most, at `start`; returns where it ends. */
	put(bytes: Uint8Array, start: number, value: number): number {
		if (value === (value | 0) && value !== leastInteger) {
			return putInteger(bytes, start, value);
		}
		if (!this.#decimal.find(Math.abs(value))) {
			return putLetters(bytes, start, JSON.stringify(value));
		}
		return putDecimal(bytes, value < 0 ? putMinus(bytes, start) : start, this.#decimal);
	}
}

/** It has no opposite in 32 bits. */
const leastInteger = -(2 ** 31);

function putInteger(bytes: Uint8Array, start: number, value: number): number {
	const first = value < 0 ? putMinus(bytes, start) : start;
	const digits = Math.abs(value);
	let end = first + 1;
	for (let left = digits; left >= 10; left = (left / 10) | 0) {
		end++;
	}
	return putDigits(bytes, {first, end}, digits);
}

/** Puts all digits behind one free byte, moves those before the point there, and the point behind them. */
function putDecimal(bytes: Uint8Array, start: number, decimal: ShortestDecimal): number {
	const {digitCount, placeCount, head, tail} = decimal;
	const wholeCount = digitCount - placeCount;
	const first = wholeCount > 0 ? start + 1 : putZeros(bytes, start, 2 - wholeCount);
	const end = first + digitCount;
	putDigits(bytes, {first, end: end - tailDigitCount}, head);
	putDigits(bytes, {first: end - tailDigitCount, end}, tail);
	for (let index = 0; index < wholeCount; index++) {
		bytes[start + index] = bytes[first + index] as number;
	}
	bytes[start + Math.max(1, wholeCount)] = point;
	return withoutZeros(bytes, end);
}

/** Fills all of these places, with zeros before the digits where there are fewer. */
function putDigits(
	bytes: Uint8Array,
	{first, end}: {readonly first: number; readonly end: number},
	digits: number,
): number {
	let left = digits;
	let place = end;
	while (place - first >= 2) {
		const rest = (left / 100) | 0;
		const pair = 2 * (left - 100 * rest);
		bytes[--place] = digitPairs[pair + 1] as number;
		bytes[--place] = digitPairs[pair] as number;
		left = rest;
	}
	if (place > first) {
		bytes[first] = digitZero + left;
	}
	return end;
}

function putZeros(bytes: Uint8Array, start: number, count: number): number {
	for (let index = 0; index < count; index++) {
		bytes[start + index] = digitZero;
	}
	return start + count;
}

function putMinus(bytes: Uint8Array, start: number): number {
	bytes[start] = minus;
	return start + 1;
}

function putLetters(bytes: Uint8Array, start: number, letters: string): number {
	for (let index = 0; index < letters.length; index++) {
		bytes[start + index] = letters.charCodeAt(index);
	}
	return start + letters.length;
}

/** A decimal that has places does not end with the point: it would have been an integer. */
function withoutZeros(bytes: Uint8Array, end: number): number {
	let last = end;
	while (bytes[last - 1] === digitZero) {
		last--;
	}
	return last;
}
