import {type ExitCode, exitCodes} from '#core/errors.ts';
import {type ControlAccess, connectControl} from './control-access.ts';
import {failureObject} from './failure-object.ts';
import {interruption} from './interruption.ts';

/**
 * Releases a stream at each of the given control servers, all of them even when one refuses. Rejects with the first error; as JSON it
 * stands beside the servers that did it.
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
	const failure = ends.find(end => end.status === 'rejected');
	const error = failure && failureObject(failure.reason);
	write(
		json
			? `${JSON.stringify({uid, released, ...(error && {error})})}\n`
			: released.map(s2cs => `released ${uid} at ${s2cs}\n`).join(''),
	);
	if (failure) {
		throw failure.reason as Error;
	}
	return exitCodes.fine;
}
