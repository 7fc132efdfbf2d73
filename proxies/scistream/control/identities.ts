import {createHash} from 'node:crypto';
import {readFileSync, statSync} from 'node:fs';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Ms} from '#core/units.ts';
import {CallRefusal} from './call-refusal.ts';

/** Tells who calls from the token that a call carries. Throws a refusal (UNAUTHENTICATED) when nobody is known by it. */
export type Identify = (token: string | undefined) => string;

/** Where no tokens are given out, all callers are one. */
export const anonymous: Identify = () => 'anonymous';

/**
 * Callers known by a file of tokens: one a line, `name token`, or `name token 2027-01-31` for one that ends with that day (UTC).
 *
 * The file is read again when it changes, so tokens rotate without a restart. Only digests of them are kept. Throws USAGE when the
 * file cannot be read or a line is not of that form.
 */
export function identitiesFromFile(file: string, clock: Clock): Identify {
	let changedMs: Ms = statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0;
	let known = readTokens(file);
	const refresh = () => {
		const foundMs = statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0;
		if (foundMs !== changedMs) {
			known = readTokens(file);
			changedMs = foundMs;
		}
	};
	return token => {
		try {
			refresh();
		} catch {
			// What was valid may no longer be: nobody is let in until the file can be read again.
			throw new CallRefusal('UNAUTHENTICATED', 'the tokens of this server cannot be read at present');
		}
		const identity = known.get(digest(token ?? ''));
		if (!identity) {
			throw new CallRefusal('UNAUTHENTICATED', 'the call carries no token that is known here');
		}
		if (clock.wallMs() >= identity.endMs) {
			throw new CallRefusal('UNAUTHENTICATED', `the token of ${identity.name} has expired`);
		}
		return identity.name;
	};
}

type Identity = {readonly name: string; readonly endMs: Ms};

function readTokens(file: string): ReadonlyMap<string, Identity> {
	const known = new Map<string, Identity>();
	for (const [index, line] of readText(file).split('\n').entries()) {
		const [name, token, until, ...rest] = line.replace(/#.*/, '').trim().split(/\s+/);
		if (name === undefined || name === '') {
			continue;
		}
		const endMs = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${until}T24:00:00Z`);
		if (token === undefined || rest.length > 0 || Number.isNaN(endMs)) {
			throw new StreambedError('USAGE', `line ${index + 1} of the tokens in ${file} is not “name token [date]”`, {
				hint: 'a date is written 2027-01-31; comments begin with #',
			});
		}
		known.set(digest(token), {name, endMs});
	}
	return known;
}

function readText(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('USAGE', `reading the tokens failed: ${reason}`, {
			hint: 'give a file that this user may read',
			cause,
		});
	}
}

/** Tokens are looked up by this, so that the time it takes says nothing about them. */
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
