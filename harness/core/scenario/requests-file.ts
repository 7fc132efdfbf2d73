import {z} from 'zod';
import type {PlannedRequest} from './planned-request.ts';

/** The first line of a file of requests; one request a line follows, in the units that the names say. */
export const requestsFileHeader = 'atSeconds,durationSeconds,minimumResolutionRatio,deadlineSeconds,budgetUsd';

export type RequestsFile = {
	readonly requests: readonly PlannedRequest[];
	/** What is wrong, each with its line (from 1). */
	readonly problems: ReadonlyArray<{readonly line: number; readonly message: string}>;
};

/**
 * Reads requests as they are to be replayed: named `r001`, `r002`, … in the order of the file. Empty lines are passed over;
 * requests need not be in order of time.
 */
export function parseRequestsFile(text: string): RequestsFile {
	const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	if (header.trim() !== requestsFileHeader) {
		return {requests: [], problems: [{line: 1, message: `the first line is ${requestsFileHeader}`}]};
	}
	const rows = lines
		.map((row, index) => ({line: index + 2, row: row.trim()}))
		.filter(({row}) => row !== '')
		.map(({line, row}) => ({line, parsed: rowSchema.safeParse(row.split(',').map(cell => cell.trim()))}));
	if (rows.length === 0) {
		return {requests: [], problems: [{line: 1, message: 'no request follows the header'}]};
	}
	const digits = Math.max(3, `${rows.length}`.length);
	return {
		requests: rows.flatMap(({parsed}, index) =>
			parsed.success ? [{request: `r${`${index + 1}`.padStart(digits, '0')}`, ...parsed.data}] : [],
		),
		problems: rows.flatMap(({line, parsed}) =>
			(parsed.error?.issues ?? []).map(({path, message}) => {
				const column = requestsFileHeader.split(',')[Number(path[0])];
				return {line, message: column === undefined ? message : `${column}: ${message}`};
			}),
		),
	};
}

function cell(low: number, high: number, meaning: string) {
	return z
		.string()
		.regex(/^[0-9]+(\.[0-9]+)?(e-?[0-9]+)?$/i, {error: ({input}) => `“${input}” is not ${meaning}`})
		.transform(Number)
		.refine(value => value >= low && value <= high, {message: `it is ${meaning}`});
}

const longestSeconds = 30 * 86_400;

const rowSchema = z
	.tuple(
		[
			cell(0, longestSeconds, 'a number of seconds from the start of driving'),
			cell(0, longestSeconds, 'a number of seconds'),
			cell(0.01, 1, 'a share from 0.01 to 1'),
			cell(1e-3, longestSeconds, 'a number of seconds above 0'),
			cell(Number.MIN_VALUE, Number.MAX_VALUE, 'a number of dollars above 0'),
		],
		{error: 'a request has five values, as the header names them'},
	)
	.transform(([atSeconds, durationSeconds, minimumResolutionRatio, deadlineSeconds, budgetUsdPerChunk]) => ({
		atSeconds,
		durationSeconds,
		minimumResolutionRatio,
		deadlineSeconds,
		budgetUsdPerChunk,
	}));
