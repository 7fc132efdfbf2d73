import {z} from 'zod';

const count = z.int().min(0);

/** How what was found in a frame agrees with what is in it. */
export const detectionCountsSchema = z.strictObject({
	/** Which of the producer's frames it was: the same one comes round again. */
	frameIndex: count,
	/** Targets that are in the frame. */
	targetCount: count,
	/** Boxes that were found. */
	boxCount: count,
	/** Boxes whose middle lies in a target, each target counted once. */
	matchedCount: count,
});

export type DetectionCounts = z.output<typeof detectionCountsSchema>;
