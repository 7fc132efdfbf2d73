import {formatBytes, formatRate} from '#core/quantities.ts';
import type {BitsPerSecond, Bytes, Ratio, Seconds} from '#core/units.ts';
import type {MeasureUnit} from './measurement.ts';

const space = '\u00a0';

/** A value for people, with its unit; the dash stands for "not measured". */
export function formatMeasure(value: number | null | undefined, unit: MeasureUnit): string {
	if (value === null || value === undefined || !Number.isFinite(value)) {
		return '–';
	}
	switch (unit) {
		case 'count':
			return digits(value, Math.abs(value) >= 100 ? 6 : 3);
		case 'ratio':
			return formatPercent(value);
		case 'B':
			return bytesText(Number(value.toPrecision(3)));
		case 'bit/s':
			return rateText(value);
		case 'ms':
			return Math.abs(value) >= 1000 ? secondsText(value / 1000) : `${digits(value, 3)}${space}ms`;
		case 's':
			return secondsText(value);
		case 'USD':
			return `${digits(value, 3)}${space}USD`;
		case 's/Gbit':
			return `${digits(value, 3)}${space}s/Gbit`;
		default:
			return unit satisfies never;
	}
}

/** 0.625 → 62.5 %. A value that is not quite all or nothing never reads as if it were. */
export function formatPercent(ratio: Ratio): string {
	const rounded = Number((ratio * 100).toFixed(1));
	const text = rounded === 100 && ratio < 1 ? '> 99.9' : rounded === 0 && ratio > 0 ? '< 0.1' : String(rounded);
	return `${text}${space}%`;
}

export const rateText = (bitsPerSecond: BitsPerSecond): string =>
	spaced(formatRate(Number(bitsPerSecond.toPrecision(3))));

export const bytesText = (bytes: Bytes): string => spaced(formatBytes(bytes));

export const secondsText = (seconds: Seconds): string =>
	Math.abs(seconds) >= 1 || seconds === 0
		? `${digits(seconds, seconds >= 1000 ? 6 : 3)}${space}s`
		: `${digits(seconds * 1000, 3)}${space}ms`;

/** An instant of the run, not rounded as a duration is. */
export const instantText = (seconds: Seconds): string => `${Number(seconds.toPrecision(6))}${space}s`;

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
	return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function digits(value: number, significant: number): string {
	return String(Number(value.toPrecision(significant)));
}

function spaced(text: string): string {
	return text.replace(/^(-?[0-9.e+-]+)/, `$1${space}`);
}
