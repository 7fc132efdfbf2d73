import {type ControlConnection, refusalStatus} from './control-connection.ts';
import {freshUid} from './fresh-uid.ts';

/**
 * Whether a `req` made the session that its uid names. One that was refused did not: a stream of that uid may be there all the same,
 * somebody else's, and so it may where nobody knows whether the server heard of the `req`.
 *
 * A refusal comes at once. So a `req` that a server leaves unanswered while it answers later calls waits for its hello, and the
 * session is its own.
 */
export async function madeSession(
	connection: ControlConnection,
	/** How the `req` was answered: true when a session was made, false when not, undefined as long as there is no answer. */
	answer: () => boolean | undefined,
): Promise<boolean> {
	// Of calls that come in together a server may answer the later one first; of two that are asked one after the other it cannot.
	for (let call = 0; call < 2 && answer() === undefined; call++) {
		if (!(await answersNow(connection))) {
			return answer() ?? false;
		}
	}
	return answer() ?? true;
}

/** Asks for what changes nothing at any server: the release of a uid that nobody has. */
async function answersNow(connection: ControlConnection): Promise<boolean> {
	try {
		await connection.release({uid: freshUid()}, new AbortController().signal);
		return true;
	} catch (error) {
		return refusalStatus(error) !== undefined;
	}
}
