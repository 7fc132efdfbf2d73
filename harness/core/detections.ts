import {z} from 'zod';
import {StreambedError} from './errors.ts';

const share = z.number();

/** One thing that a detector found; positions and reach as shares of the picture's sides, whatever its resolution was. */
const detectionSchema = z.strictObject({
	/** The middle of the box. */
	xRatio: share,
	yRatio: share,
	/** Half the side of the box, of the picture's width. */
	radiusRatio: share,
	/** How sure it is: 0 is the threshold, more is surer. */
	score: z.number(),
});

const detectionsSchema = z.strictObject({boxes: z.array(detectionSchema)});

export type Detection = z.output<typeof detectionSchema>;

/** The content of a chunk that a detector gives out: JSON text, the surest box first. */
export function encodeDetections(boxes: readonly Detection[]): Buffer {
	return Buffer.from(JSON.stringify({boxes}));
}

/** Throws NOT_VALID when the content is no list of detections. */
export function decodeDetections(content: Buffer): readonly Detection[] {
	try {
		return detectionsSchema.parse(JSON.parse(content.toString())).boxes;
	} catch (cause) {
		throw new StreambedError(
			'NOT_VALID',
			`reading the detections in a chunk of ${content.length} bytes failed: ${(cause as Error).message}`,
			{cause},
		);
	}
}
