import type {Bytes, Ratio, Seconds} from '#core/units.ts';

/** A chunk on its way. The stages of its stream change its size. */
export type Chunk = {
	readonly sequence: number;
	readonly plannedSeconds: Seconds;
	/** As it left its producer. */
	readonly rawBytes: Bytes;
	bytes: Bytes;
	resolutionRatio: Ratio;
	/** The one behind it where it waits; see `ChunkQueue`. */
	following: Chunk | undefined;
};

/** A place on a stream's way that takes one chunk at a time, in the order in which they come, and hands it on. */
export type Station = {
	accept(chunk: Chunk): void;
	/** Drops what it holds; nothing comes out any more. */
	close(): void;
};
