import Table from 'cli-table3';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {type ComparedMeasure, type Comparison, compareRuns} from '#reports/compare.ts';
import {formatMeasure, formatPercent} from '#reports/format.ts';

/**
 * Prints two runs side by side.
 *
 * @throws StreambedError NOT_COMPARABLE, after printing, when their numbers may not be held against one another
 */
export async function compare({
	a,
	b,
	json,
	write,
}: {
	readonly a: string;
	readonly b: string;
	readonly json: boolean;
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	const comparison = await compareRuns(a, b);
	write(json ? `${JSON.stringify(comparison, undefined, '\t')}\n` : describe(comparison));
	if (!comparison.comparable) {
		throw new StreambedError('NOT_COMPARABLE', `${a} and ${b} cannot be compared: ${comparison.obstacles.join('; ')}`, {
			hint: 'compare runs of one scenario, time scale and seed that both went well',
		});
	}
	return exitCodes.fine;
}

function describe({a, b, comparable, notes, measures}: Comparison): string {
	const byVariant = Map.groupBy(measures, ({variant}) => variant);
	return [
		`a: ${a}`,
		`b: ${b}`,
		...[...byVariant].map(([variant, rows]) => variantTable(variant, rows)),
		...notes.map(note => `note: ${note}`),
		comparable ? 'comparable' : 'NOT comparable',
		'',
	].join('\n');
}

function variantTable(variant: string, rows: readonly ComparedMeasure[]): string {
	const table = new Table({
		head: [variant, 'a', 'b', 'difference'],
		colAligns: ['left', 'right', 'right', 'right'],
		style: {head: [], border: [], compact: true},
	});
	for (const {measure, minimumResolutionRatio, unit, a, b, differenceRatio, intervalsApart} of rows) {
		const streamClass = minimumResolutionRatio === null ? '' : `, ${formatPercent(minimumResolutionRatio)} streams`;
		table.push([
			`${measure}${streamClass}`,
			formatMeasure(a, unit),
			formatMeasure(b, unit),
			`${signed(differenceRatio)}${intervalsApart === true ? ' *' : ''}`,
		]);
	}
	const apart = rows.some(({intervalsApart}) => intervalsApart === true);
	return `${table.toString()}${apart ? '\n* the 95 % intervals lie apart' : ''}`;
}

function signed(ratio: number | null): string {
	if (ratio === null) {
		return '–';
	}
	return ratio === 0 ? '0\u00a0%' : `${ratio < 0 ? '−' : '+'}${(Math.abs(ratio) * 100).toPrecision(3)}\u00a0%`;
}
