import {type RandomStream, randomStream} from '#core/random.ts';
import type {Bytes} from '#core/units.ts';

/** What producer and consumer agree on, so that the consumer knows which frame came and what its camera saw. */

/** The side of a square of one byte a pixel that comes as near to a chunk as a square does. */
export function frameSidePx(chunkBytes: Bytes): number {
	return Math.max(1, Math.round(Math.sqrt(chunkBytes)));
}

/** What the camera of a run draws from. */
export function cameraRandom(seed: number): RandomStream {
	return randomStream(seed, 'camera');
}

/** Which frame a chunk is: they go round and round, each stream one further than the stream before. */
export function frameIndexOf({
	sequence,
	streamIndex,
	frameCount,
}: {
	readonly sequence: number;
	readonly streamIndex: number;
	readonly frameCount: number;
}): number {
	return (sequence + streamIndex) % frameCount;
}
