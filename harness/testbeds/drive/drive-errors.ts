import {type ErrorCode, StreambedError} from '#core/errors.ts';

/** A program of a site (or, without a site, the whole testbed) ended before it was told to. */
export function lostError({site, reason}: {readonly site?: string; readonly reason: string}): StreambedError {
	return site === undefined
		? new StreambedError('HOLDER_LOST', `the testbed ended in the middle: ${reason}`)
		: new StreambedError('NODE_LOST', `the program at ${site} ended in the middle: ${reason}`);
}

/** A program says itself that it cannot go on: its loss, unless its machine lacks what it needs. */
export function failedError(
	site: string,
	{code, message, hint}: {readonly code?: ErrorCode; readonly message: string; readonly hint?: string},
): StreambedError {
	return new StreambedError(
		code === 'TOOL_MISSING' ? code : 'NODE_LOST',
		`${site}: ${message}`,
		hint === undefined ? {} : {hint},
	);
}

/** Something else went wrong while driving: a mistake of ours. */
export function unexpectedError(cause: unknown): StreambedError {
	return new StreambedError(
		'COMMAND_FAILED',
		`driving failed: ${cause instanceof Error ? cause.message : String(cause)}`,
		{cause},
	);
}
