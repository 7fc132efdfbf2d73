/** Every number is what some decimal of so many digits reads back as. */
const digitCountMax = 17;

/** Decimals of so many digits lie further apart than numbers do: no two of them read back as the same. */
const sureDigitCount = 15;

/** Up to here, whole numbers are exact. */
const exactMax = 2 ** 53;

/** All powers of ten that are exact. */
const powersOfTen = Float64Array.from({length: 23}, (_, exponent) => Number(`1e${exponent}`));

/** A product of this and a number splits the number into halves whose products are exact. */
const splitter = 2 ** 27 + 1;

/** So far from a decimal, the next one may be as near. */
const middle = 0.5 - 1e-7;

/** So many digits of a decimal are its tail. */
export const tailDigitCount = 8;
const tailLimit = 10 ** tailDigitCount;

/**
 * The shortest decimal that reads back as a number, and among several of them the nearest to it, as ECMAScript prints numbers
 * (ECMA-262, Number::toString). It tries 15, 16 and 17 digits of the exact product of the number and a power of ten (Dekker, A
 * floating-point technique for extending the available precision, 1971).
 */
export class ShortestDecimal {
	/** How many digits there are; the last may be zeros. */
	digitCount = sureDigitCount;
	/** So many of them stand behind the point, after zeros where there are fewer digits than that. */
	placeCount = 0;
	/** All digits but the last eight: a number could not hold seventeen. */
	head = 0;
	/** The last eight digits. */
	tail = 0;
	#whole = 0;
	#correction = 0;
	#isNearMiddle = false;

	/** Whether it found that of a number; it leaves those below 0.00001, from a thousand million on, and a few between to others. */
	find(value: number): boolean {
		if (!(value >= 1e-5 && value < 1e9)) {
			return false;
		}
		const placeCountMax = digitCountMax - wholeDigitCount(value);
		this.#whole = Math.round(value * power(placeCountMax - 2));
		this.#correction = 0;
		if (this.#readsBackAs(value, placeCountMax - 2)) {
			this.#keep({digitCount: sureDigitCount, placeCount: placeCountMax - 2});
			return true;
		}
		this.#multiply(value, placeCountMax - 1);
		if (this.#isNearMiddle || this.#whole >= exactMax) {
			return false;
		}
		if (this.#readsBackAs(value, placeCountMax - 1)) {
			this.#keep({digitCount: digitCountMax - 1, placeCount: placeCountMax - 1});
			return true;
		}
		this.#multiply(value, placeCountMax);
		this.#keep({digitCount: digitCountMax, placeCount: placeCountMax});
		return !this.#isNearMiddle;
	}

	/** The quotient of two exact numbers is the number nearest to the true one: what a decimal reads back as. */
	#readsBackAs(value: number, placeCount: number): boolean {
		return (this.#whole + this.#correction) / power(placeCount) === value;
	}

	/** The whole number nearest to `value` times a power of ten, as the sum of a large one and a small one. */
	#multiply(value: number, exponent: number): void {
		const factor = power(exponent);
		const product = value * factor;
		const valueHigh = highHalf(value);
		const valueLow = value - valueHigh;
		const factorHigh = highHalf(factor);
		const factorLow = factor - factorHigh;
		const rounded = product - valueHigh * factorHigh - valueLow * factorHigh - valueHigh * factorLow;
		this.#whole = Math.round(product);
		const rest = product - this.#whole + (valueLow * factorLow - rounded);
		this.#correction = Math.round(rest);
		this.#isNearMiddle = Math.abs(rest - this.#correction) > middle;
	}

	#keep({digitCount, placeCount}: {readonly digitCount: number; readonly placeCount: number}): void {
		const head = Math.floor(this.#whole / tailLimit);
		const tail = this.#whole - head * tailLimit + this.#correction;
		// Above, it stays below the limit, which no product is so near to without being at it.
		const borrowed = tail < 0 ? 1 : 0;
		this.head = head - borrowed;
		this.tail = tail + borrowed * tailLimit;
		this.placeCount = placeCount;
		this.digitCount = digitCount;
	}
}

/** How many digits stand before the point; below 0.1, minus how many zeros follow it. */
function wholeDigitCount(value: number): number {
	let count = 0;
	while (value >= power(count)) {
		count++;
	}
	while (count <= 0 && value < 1 / power(1 - count)) {
		count--;
	}
	return count;
}

/** The upper half of a number's digits. */
function highHalf(value: number): number {
	const product = splitter * value;
	return product - (product - value);
}

function power(exponent: number): number {
	return powersOfTen[exponent] as number;
}
