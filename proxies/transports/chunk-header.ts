import assert from 'node:assert/strict';
import {StreambedError} from '#core/errors.ts';
import type {Bytes} from '#core/units.ts';
import {type Chunk, chunkEncodings} from './chunk.ts';
import {contentHashBytes} from './content-hash.ts';

/** What every slice says of its chunk and of its own place in it. */
export type ChunkHeader = Omit<Chunk, 'content'> & {
	readonly sliceIndex: number;
	readonly sliceCount: number;
	/** Where in the chunk this slice's bytes begin. */
	readonly offsetBytes: Bytes;
	/** Of the whole chunk. */
	readonly chunkBytes: Bytes;
};

/**
 * The layout, little-endian. 76 bytes, short enough that a transport copies it more cheaply than it shares it.
 *
 * | at | type | field | | at | type | field |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | 0 | u16 | mark `Sb` | | 24 | u32 | chunk bytes |
 * | 2 | u8 | version | | 28 | u32 | width |
 * | 3 | u8 | encoding | | 32 | u32 | height |
 * | 4 | u32 | stream index | | 36 | f64 | resolution ratio |
 * | 8 | u32 | sequence | | 44 | f64 | planned seconds |
 * | 12 | u32 | slice index | | 52 | f64 | sent seconds |
 * | 16 | u32 | slice count | | 60 | 16 bytes | content hash |
 * | 20 | u32 | offset bytes | | | | |
 */
export const chunkHeaderBytes = 76;

const mark = 0x6253;
const version = 1;
const hashAtBytes = 60;

export function encodeChunkHeader(header: ChunkHeader): Buffer {
	assert.equal(header.contentHash.length, contentHashBytes);
	const buffer = Buffer.allocUnsafe(chunkHeaderBytes);
	buffer.writeUInt16LE(mark, 0);
	buffer.writeUInt8(version, 2);
	buffer.writeUInt8(chunkEncodings.indexOf(header.encoding), 3);
	buffer.writeUInt32LE(header.streamIndex, 4);
	buffer.writeUInt32LE(header.sequence, 8);
	buffer.writeUInt32LE(header.sliceIndex, 12);
	buffer.writeUInt32LE(header.sliceCount, 16);
	buffer.writeUInt32LE(header.offsetBytes, 20);
	buffer.writeUInt32LE(header.chunkBytes, 24);
	buffer.writeUInt32LE(header.width, 28);
	buffer.writeUInt32LE(header.height, 32);
	buffer.writeDoubleLE(header.resolutionRatio, 36);
	buffer.writeDoubleLE(header.plannedSeconds, 44);
	buffer.writeDoubleLE(header.sentSeconds, 52);
	header.contentHash.copy(buffer, hashAtBytes);
	return buffer;
}

/** Throws NOT_VALID when the bytes are no header of ours. */
export function decodeChunkHeader(buffer: Buffer): ChunkHeader {
	const encoding = buffer.length === chunkHeaderBytes ? chunkEncodings[buffer.readUInt8(3)] : undefined;
	if (encoding === undefined || buffer.readUInt16LE(0) !== mark || buffer.readUInt8(2) !== version) {
		throw new StreambedError('NOT_VALID', `a slice arrived with a header of ${buffer.length} bytes that is not ours`, {
			hint: 'something else sends to this endpoint, or a site runs another version of the program',
		});
	}
	return {
		encoding,
		streamIndex: buffer.readUInt32LE(4),
		sequence: buffer.readUInt32LE(8),
		sliceIndex: buffer.readUInt32LE(12),
		sliceCount: buffer.readUInt32LE(16),
		offsetBytes: buffer.readUInt32LE(20),
		chunkBytes: buffer.readUInt32LE(24),
		width: buffer.readUInt32LE(28),
		height: buffer.readUInt32LE(32),
		resolutionRatio: buffer.readDoubleLE(36),
		plannedSeconds: buffer.readDoubleLE(44),
		sentSeconds: buffer.readDoubleLE(52),
		contentHash: Buffer.from(buffer.subarray(hashAtBytes)),
	};
}
