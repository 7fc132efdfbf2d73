import type {BitsPerSecond, Bytes, Km, Ratio, Seconds} from './units.ts';

/** The units that a scenario or a flag may use, with what one of each is inside: bits per second, bytes, seconds, ratio, km. */
export const quantityUnits = {
	rate: {'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9},
	size: {B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3},
	duration: {us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600},
	share: {'%': 0.01},
	distance: {m: 1e-3, km: 1},
} as const;

export type QuantityKind = keyof typeof quantityUnits;

const examples: Record<QuantityKind, string> = {
	rate: '200Mbit/s',
	size: '10MB',
	duration: '25s',
	share: '80%',
	distance: '500km',
};

/** The pattern of a quantity as text, for schemas and editors. */
export function quantityPattern(kind: QuantityKind): RegExp {
	const units = Object.keys(quantityUnits[kind]).sort((a, b) => b.length - a.length);
	return new RegExp(`^\\s*([0-9]+(?:\\.[0-9]+)?)\\s*(${units.join('|')})\\s*$`);
}

/**
 * Why a value is not a quantity of this kind, in words for the person who wrote it.
 *
 * @param least the smallest that is taken, in the base unit
 */
export function quantityComplaint(kind: QuantityKind, value: unknown, least = 0): string {
	const units = Object.keys(quantityUnits[kind]).join(', ');
	const leastText = `${least === 0 ? '0' : formatQuantity(kind, least)} or more`;
	if (typeof value === 'number' || (typeof value === 'string' && /^\s*-?[0-9.]+\s*$/.test(value))) {
		return `${value} has no unit; write for example ${examples[kind]} (units: ${units})`;
	}
	if (typeof value === 'string' && value.trim().startsWith('-')) {
		return `${value} is negative; a ${kind} is ${leastText}`;
	}
	return `${JSON.stringify(value)} is not a ${kind}; write for example ${examples[kind]} (units: ${units})`;
}

/** Reads `200Mbit/s` and the like; `undefined` when the text is no quantity of this kind. */
export function parseQuantity(kind: QuantityKind, text: string): number | undefined {
	const match = quantityPattern(kind).exec(text);
	if (!match) {
		return undefined;
	}
	const factor = (quantityUnits[kind] as Record<string, number>)[match[2] ?? ''];
	// Through the decimal string, so that 80% is 0.8 and not 0.8000000000000002.
	return factor === undefined ? undefined : Number((Number(match[1]) * factor).toPrecision(15));
}

/** Writes a value in the base unit of its kind as people write it: `40Gbit/s`, `100%`. */
export function formatQuantity(kind: QuantityKind, value: number): string {
	return formats[kind](value);
}

export const formatRate = (bitsPerSecond: BitsPerSecond): string =>
	scaled(bitsPerSecond, [
		[1e9, 'Gbit/s'],
		[1e6, 'Mbit/s'],
		[1e3, 'kbit/s'],
		[1, 'bit/s'],
	]);

export const formatBytes = (bytes: Bytes): string =>
	scaled(bytes, [
		[1e9, 'GB'],
		[1e6, 'MB'],
		[1e3, 'kB'],
		[1, 'B'],
	]);

export const formatSeconds = (seconds: Seconds): string =>
	scaled(seconds, [
		[1, 's'],
		[1e-3, 'ms'],
		[1e-6, 'us'],
	]);

export const formatRatio = (ratio: Ratio): string => `${Number((ratio * 100).toPrecision(3))}%`;

export const formatKm = (km: Km): string => `${Number(km.toPrecision(4))}km`;

const formats: Record<QuantityKind, (value: number) => string> = {
	rate: formatRate,
	size: formatBytes,
	duration: formatSeconds,
	share: formatRatio,
	distance: formatKm,
};

function scaled(value: number, units: ReadonlyArray<readonly [number, string]>): string {
	const smallest = units.at(-1) ?? [1, ''];
	const [factor, name] = units.find(([size]) => Math.abs(value) >= size) ?? smallest;
	return `${Number((value / factor).toPrecision(4))}${name}`;
}
