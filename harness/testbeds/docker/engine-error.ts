import {StreambedError} from '#core/errors.ts';

/** Asks the engine for something; what it answers when it refuses becomes an operating error that says what was attempted. */
export async function atEngine<Result>(attempted: string, asking: Promise<Result>): Promise<Result> {
	try {
		return await asking;
	} catch (cause) {
		throw engineError(attempted, cause);
	}
}

/** What to do when the engine's words are like this. */
export type EngineHint = {readonly pattern: RegExp; readonly hint: string};

/** What the engine answered to something that was attempted, as an operating error with the next step; own hints come first. */
export function engineError(attempted: string, cause: unknown, ownHints: readonly EngineHint[] = []): StreambedError {
	if (cause instanceof StreambedError) {
		return cause;
	}
	const said = saidBy(cause);
	if (isEngineGone(cause)) {
		return new StreambedError('ENGINE_UNREACHABLE', `${attempted}: the container engine went away (${said})`, {
			cause,
			hint: 'start it again; `streambed clean` then removes what was left',
		});
	}
	const hint = [...ownHints, ...hints].find(({pattern}) => pattern.test(said))?.hint;
	return new StreambedError('ENGINE_REFUSED', `${attempted}: ${said}`, {cause, ...(hint === undefined ? {} : {hint})});
}

/** Whether the engine itself could not be spoken to. */
export const isEngineGone = (cause: unknown): boolean =>
	cause instanceof Error &&
	'code' in cause &&
	['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(String(cause.code));

/** Whether the engine answered that it refuses. */
export const isRefusal = (cause: unknown): boolean => cause instanceof Error && 'statusCode' in cause;

/** Whether the engine answered with this status of HTTP. */
export const hasStatus = (cause: unknown, ...codes: readonly number[]): boolean =>
	cause instanceof Error && 'statusCode' in cause && codes.includes(Number(cause.statusCode));

/** The engine's own words, without what its client puts around them. */
function saidBy(cause: unknown): string {
	if (cause instanceof Error && 'json' in cause && isMessage(cause.json)) {
		return cause.json.message;
	}
	return cause instanceof Error ? cause.message : String(cause);
}

const isMessage = (value: unknown): value is {readonly message: string} =>
	typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';

const hints = [
	{
		pattern: /already in use|already exists/i,
		hint: '`streambed clean` removes what killed runs left; a name of somebody else stays',
	},
	{
		pattern: /executable file not found|no such file or directory/i,
		hint: 'the image has no Node: build it with scripts/build-image.sh, or docker build',
	},
	{pattern: /address pool|pool overlaps/i, hint: '`docker network prune` removes networks that nobody uses'},
] as const satisfies readonly EngineHint[];
