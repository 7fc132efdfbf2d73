import {StreambedError} from '#core/errors.ts';

/** A program of a site (or, without a site, the whole testbed) ended before it was told to. */
export function lostError({site, reason}: {readonly site?: string; readonly reason: string}): StreambedError {
	return site === undefined
		? new StreambedError('HOLDER_LOST', `the testbed ended in the middle: ${reason}`)
		: new StreambedError('NODE_LOST', `the program at ${site} ended in the middle: ${reason}`);
}
