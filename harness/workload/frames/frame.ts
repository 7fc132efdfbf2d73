import type {ChunkEncoding} from '#proxies/transports/chunk.ts';

/** An image that a producer sends, made before driving. */
export type Frame = {
	readonly content: Buffer;
	readonly contentHash: Buffer;
	readonly encoding: ChunkEncoding;
	readonly width: number;
	readonly height: number;
};
