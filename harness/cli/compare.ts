import Table from 'cli-table3';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {writeFileWithFolder} from '#core/records/write-file-with-folder.ts';
import {type Comparison, compareRuns} from '#reports/compare.ts';
import {explanationsFor} from '#reports/compare-explanations.ts';
import {comparePage} from '#reports/compare-page.ts';
import {agreementText, differenceText, explanationText, measureText} from '#reports/compare-text.ts';
import {formatMeasure} from '#reports/format.ts';

/**
 * Prints two runs side by side and, when asked to, writes them as a page.
 *
 * @throws StreambedError NOT_COMPARABLE, after printing, when their numbers may not be held against one another
 */
export async function compare({
	a,
	b,
	json,
	page,
	write,
}: {
	readonly a: string;
	readonly b: string;
	readonly json: boolean;
	/** Where the page goes. */
	readonly page?: string;
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	const comparison = await compareRuns(a, b);
	if (page !== undefined) {
		await writeFileWithFolder(page, comparePage(comparison), 'name a file that this user may write with --page');
	}
	write(json ? `${JSON.stringify(comparison, undefined, '\t')}\n` : describe(comparison));
	if (!comparison.comparable) {
		throw new StreambedError('NOT_COMPARABLE', `${a} and ${b} cannot be compared: ${comparison.obstacles.join('; ')}`, {
			hint: 'compare runs of one scenario, time scale and seed that both went well',
		});
	}
	return exitCodes.fine;
}

function describe(comparison: Comparison): string {
	const {a, b, comparable, obstacles, notes, measures} = comparison;
	const variants = [...new Set(measures.map(({variant}) => variant))];
	return [
		`a: ${a}`,
		`b: ${b}`,
		...(comparable ? [] : ['NOT comparable; what follows stands side by side only:']),
		...obstacles.map(obstacle => `  ${obstacle}`),
		...variants.map(variant => variantText(variant, comparison)),
		...notes.map(note => `note: ${note}`),
		...(comparable ? ['comparable'] : []),
		'',
	].join('\n');
}

/** The table of a variant, then whether the runs agree, then the facts that its last column names by number. */
function variantText(variant: string, comparison: Comparison): string {
	const isOf = (one: {readonly variant: string}) => one.variant === variant;
	const rows = comparison.measures.filter(isOf);
	const explanations = comparison.explanations.filter(isOf);
	const table = new Table({
		head: [variant, 'a', 'b', 'difference', 'facts'],
		colAligns: ['left', 'right', 'right', 'right', 'left'],
		style: {head: [], border: [], compact: true},
	});
	for (const row of rows) {
		table.push([
			measureText(row),
			formatMeasure(row.a, row.unit),
			formatMeasure(row.b, row.unit),
			`${differenceText(row.differenceRatio)}${row.intervalsApart === true ? ' *' : ''}`,
			explanationsFor(row, explanations)
				.map(one => explanations.indexOf(one) + 1)
				.join(', '),
		]);
	}
	return [
		table.toString(),
		...(rows.some(({intervalsApart}) => intervalsApart === true) ? ['* the 95 % intervals lie apart'] : []),
		// Nothing holds, or fails to, between runs that may not be held against one another.
		...(comparison.comparable ? comparison.agreements.filter(isOf).map(agreementText) : []),
		...explanations.map((one, index) => `fact ${index + 1}: ${explanationText(one)}`),
	].join('\n');
}
