import type {Bytes} from '#core/units.ts';
import type {Chunk} from '../transports/chunk.ts';
import {contentHash} from '../transports/content-hash.ts';

/** What stands for the output of a stage that does no work: so many bytes, those that came over and over. */
export function filler(chunk: Chunk, {bytes}: {readonly bytes: Bytes}): Chunk {
	const content = Buffer.alloc(Math.max(1, Math.round(bytes)), chunk.content);
	return {...chunk, encoding: 'filler', content, contentHash: contentHash(content)};
}
