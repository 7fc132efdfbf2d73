import type {Ratio, Seconds} from '#core/units.ts';

export const chunkEncodings = ['raw', 'jpeg', 'pyramid', 'features', 'detections', 'filler'] as const;
/**
 * raw: 8-bit grey, one byte a pixel, row after row. pyramid, features, detections: what the stages of
 * `proxies/stages/` give out. filler: bytes that stand for what a stage would give out that does no work.
 */
export type ChunkEncoding = (typeof chunkEncodings)[number];

/** One unit of a stream, an image or what became of it, as it is between two sites. */
export type Chunk = {
	readonly encoding: ChunkEncoding;
	readonly streamIndex: number;
	readonly sequence: number;
	readonly width: number;
	readonly height: number;
	/** Share of the full width and height. */
	readonly resolutionRatio: Ratio;
	/** When the producer was to send it, and when it did, in scenario seconds. */
	readonly plannedSeconds: Seconds;
	readonly sentSeconds: Seconds;
	/** See `content-hash.ts`. */
	readonly contentHash: Buffer;
	readonly content: Buffer;
};
