import {StreambedError} from '../errors.ts';

/** A file or folder of a run could not be written: DISK_FULL when there is no room, OUT_REFUSED for every other reason. */
export function writeError(what: string, cause: unknown, hint?: string): StreambedError {
	const reason = cause instanceof Error ? cause.message : String(cause);
	return isDiskFull(cause)
		? new StreambedError('DISK_FULL', `${what} failed: ${reason}`, {
				hint: hint ?? 'free some space, or name another folder with --out',
				cause,
			})
		: new StreambedError('OUT_REFUSED', `${what} failed: ${reason}`, {
				hint: hint ?? 'name a folder that this user may write to with --out',
				cause,
			});
}

/** Whether a file system said that it has no room left, for anybody or for this user. */
export function isDiskFull(error: unknown): boolean {
	return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
