import type {z} from 'zod';
import type {BitsPerSecond} from '../units.ts';
import {esmondWindows} from './esmond.ts';
import {iperf3Windows} from './iperf3.ts';
import {type LinkMeasurement, measurementOf, windowCountMin} from './link-measurement.ts';
import {pschedulerWindows} from './pscheduler.ts';

/** Each format that measurements can be read from: a schema whose output is the rate of each window. */
const formats = {
	iperf3: iperf3Windows,
	esmond: esmondWindows,
	pscheduler: pschedulerWindows,
} as const satisfies Record<string, z.ZodType<readonly BitsPerSecond[]>>;

export type MeasurementFormat = keyof typeof formats;

export const measurementFormats = Object.keys(formats) as [MeasurementFormat, ...MeasurementFormat[]];

export type ParsedMeasurement =
	| {readonly kind: 'measured'; readonly measurement: LinkMeasurement}
	/** In words, for the author of the scenario. */
	| {readonly kind: 'unreadable'; readonly problem: string};

/** Reads what another tool measured of one direction of a link. */
export function parseMeasurements(text: string, format: MeasurementFormat): ParsedMeasurement {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		return {kind: 'unreadable', problem: `it is no JSON: ${error instanceof Error ? error.message : String(error)}`};
	}
	const parsed = formats[format].safeParse(value);
	if (!parsed.success) {
		const {path, message} = parsed.error.issues[0] ?? {path: [], message: 'it does not fit'};
		return {kind: 'unreadable', problem: `${path.join('.') || format}: ${message}`};
	}
	const windows = parsed.data;
	return windows.length < windowCountMin
		? {
				kind: 'unreadable',
				problem: `it holds ${windows.length} windows of throughput; an interval needs ${windowCountMin}`,
			}
		: {kind: 'measured', measurement: measurementOf(windows)};
}
