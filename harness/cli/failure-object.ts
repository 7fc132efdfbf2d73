import {type ErrorCode, type ExitCode, StreambedError} from '#core/errors.ts';

/** An error as `--json` prints it. */
export type FailureObject = {
	readonly code: ErrorCode;
	readonly message: string;
	readonly hint?: string;
	readonly exitCode: ExitCode;
};

/** Undefined for what is no operating error: that is a bug of ours, and no answer to be read by a program. */
export function failureObject(error: unknown): FailureObject | undefined {
	if (!(error instanceof StreambedError)) {
		return undefined;
	}
	const {code, message, hint, exitCode} = error;
	return {code, message, ...(hint !== undefined && {hint}), exitCode};
}
