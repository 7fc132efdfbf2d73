import type {RunData} from './run-data.ts';
import type {Summary} from './summary-schema.ts';

/** One line a measure, repeat and class. An empty class is all streams, an empty value was not measured. */
export function summaryCsv(summary: Summary): string {
	const rows = summary.variants.flatMap(({variant, repeats}) =>
		repeats.flatMap(({repeat, counted, measures}) =>
			measures.map(({measure, minimumResolutionRatio, value, unit}) => [
				variant,
				repeat,
				counted,
				measure,
				minimumResolutionRatio,
				value,
				unit,
			]),
		),
	);
	return csv([['variant', 'repeat', 'counted', 'measure', 'minimumResolutionRatio', 'value', 'unit'], ...rows]);
}

/** One line a delivered chunk; times are scenario seconds. */
export function* chunksCsv({runs}: RunData): Generator<string> {
	yield csv([
		[
			'variant',
			'repeat',
			'stream',
			'minimumResolutionRatio',
			'sequence',
			'arrivedSeconds',
			'latencySeconds',
			'transitSeconds',
			'resolutionRatio',
			'bytes',
			'late',
		],
	]);
	for (const {variant, repeat, streams} of runs) {
		for (const {stream, minimumResolutionRatio, deliveries} of streams) {
			yield csv(
				deliveries.map(({t, sequence, latencySeconds, transitSeconds, resolutionRatio, bytes, late}) => [
					variant,
					repeat,
					stream,
					minimumResolutionRatio,
					sequence,
					t,
					latencySeconds,
					transitSeconds,
					resolutionRatio,
					bytes,
					late,
				]),
			);
		}
	}
}

type Cell = string | number | boolean | null;

function csv(rows: ReadonlyArray<readonly Cell[]>): string {
	return rows.map(row => `${row.map(cellText).join(',')}\n`).join('');
}

function cellText(cell: Cell): string {
	const text = cell === null ? '' : String(cell);
	return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
