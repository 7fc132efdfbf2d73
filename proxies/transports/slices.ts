import assert from 'node:assert/strict';
import type {Bytes} from '#core/units.ts';
import type {Chunk} from './chunk.ts';
import {encodeChunkHeader} from './chunk-header.ts';
import type {Slice} from './transport.ts';

/** How many slices a chunk of this size travels in. */
export function sliceCount({chunkBytes, sliceBytes}: {readonly chunkBytes: Bytes; readonly sliceBytes: Bytes}): number {
	assert(chunkBytes > 0 && sliceBytes > 0, `a chunk of ${chunkBytes} bytes in slices of ${sliceBytes}`);
	return Math.ceil(chunkBytes / sliceBytes);
}

/** One slice of a chunk. The payload is a view of the chunk's content, not a copy. */
export function sliceOf(
	chunk: Chunk,
	{sliceIndex, sliceBytes}: {readonly sliceIndex: number; readonly sliceBytes: Bytes},
): Slice {
	const chunkBytes = chunk.content.length;
	const offsetBytes = sliceIndex * sliceBytes;
	return {
		header: encodeChunkHeader({
			...chunk,
			sliceIndex,
			sliceCount: sliceCount({chunkBytes, sliceBytes}),
			offsetBytes,
			chunkBytes,
		}),
		payload: chunk.content.subarray(offsetBytes, offsetBytes + sliceBytes),
	};
}
