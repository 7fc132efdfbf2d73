/** A source of chance: the same seed and purpose always give the same draws. */
export type RandomStream = {
	/** Uniform in [0, 1), 32 bits of it. */
	next(): number;
	/** Uniform whole number in [0, limit). */
	integer(limit: number): number;
	/** Normal with mean 0 and standard deviation 1. */
	normal(): number;
	/** A stream of its own for a purpose within this one: draws there never move the draws here. */
	split(purpose: string): RandomStream;
};

/** The random stream of a seed and a purpose. */
export function randomStream(seed: number, purpose: string): RandomStream {
	return fromKey(`${seed}/${purpose}`);
}

function fromKey(key: string): RandomStream {
	const next = sfc32(key);
	return {
		next,
		integer: limit => Math.floor(next() * limit),
		// Box–Muller, one of the pair: 1 - u keeps the logarithm away from zero.
		normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
		split: purpose => fromKey(`${key}/${purpose}`),
	};
}

/** Chris Doty-Humphrey's small fast counter generator on 32-bit words, keyed by a string. */
function sfc32(key: string): () => number {
	let [a, b, c] = [hash(key, 0x9e3779b9), hash(key, 0x85ebca6b), hash(key, 0xc2b2ae35)];
	let counter = 1;
	const step = () => {
		const sum = (a + b + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = ((c << 21) | (c >>> 11)) + sum;
		c |= 0;
		return (sum >>> 0) / 0x1_0000_0000;
	};
	for (let round = 0; round < 12; round++) {
		step();
	}
	return step;
}

/** FNV-1a over the key's code units, started from a salt. */
function hash(key: string, salt: number): number {
	let value = salt | 0;
	for (let index = 0; index < key.length; index++) {
		value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
	}
	return value ^ (value >>> 15);
}
