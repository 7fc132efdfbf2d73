import {type ExitCode, exitCodes} from '#core/errors.ts';
import {type ControlAccess, connectControl} from './control-access.ts';
import {interruption} from './interruption.ts';

/**
 * Releases a stream at each of the given control servers, all of them even when one refuses. Rejects with the first error.
 */
export async function release({
	uid,
	accesses,
	json,
	write,
}: {
	readonly uid: string;
	readonly accesses: readonly ControlAccess[];
	readonly json: boolean;
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	using interrupt = interruption('the release');
	const ends = await Promise.allSettled(
		accesses.map(async access => {
			using connection = connectControl(access);
			await connection.release({uid}, interrupt.signal);
		}),
	);
	const released = accesses.filter((_, index) => ends[index]?.status === 'fulfilled').map(({s2cs}) => s2cs);
	write(json ? `${JSON.stringify({uid, released})}\n` : released.map(s2cs => `released ${uid} at ${s2cs}\n`).join(''));
	const failure = ends.find(end => end.status === 'rejected');
	if (failure) {
		throw failure.reason as Error;
	}
	return exitCodes.fine;
}
