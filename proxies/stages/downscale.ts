import {StreambedError} from '#core/errors.ts';
import type {Ratio} from '#core/units.ts';
import type {Chunk} from '../transports/chunk.ts';
import {contentHash} from '../transports/content-hash.ts';

/** The sides of an image at a resolution: each rounded, and never less than one pixel. */
export function downscaledSides(
	{width, height}: {readonly width: number; readonly height: number},
	ratio: Ratio,
): {readonly width: number; readonly height: number} {
	return {width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio))};
}

/**
 * Reduces an image to a share of its full width and height, by really resampling its pixels: raw content becomes exactly
 * width × height bytes, JPEG content is decoded, resized and encoded again. A chunk that has no more than that resolution
 * already comes back as it is.
 *
 * @throws {StreambedError} NOT_VALID when the content is not the image that the header promises.
 */
export async function downscale(
	chunk: Chunk,
	{resolutionRatio, jpegQuality}: {readonly resolutionRatio: Ratio; readonly jpegQuality: number},
): Promise<Chunk> {
	if (resolutionRatio >= chunk.resolutionRatio) {
		return chunk;
	}
	const {width, height} = downscaledSides(chunk, resolutionRatio / chunk.resolutionRatio);
	const content = await resize(chunk, {width, height, jpegQuality}).catch(noImage(chunk, {width, height}));
	return {...chunk, content, width, height, resolutionRatio, contentHash: contentHash(content)};
}

/** What to throw when the image of a chunk cannot be resized. */
export function noImage(
	{sequence, encoding, content, ...from}: Chunk,
	to: {readonly width: number; readonly height: number},
): (cause: unknown) => never {
	return cause => {
		throw new StreambedError(
			'NOT_VALID',
			`resizing chunk ${sequence} (${encoding}, ${from.width} × ${from.height}, ${content.length} bytes) to ${to.width} × ${to.height} failed: ${(cause as Error).message}`,
			{cause},
		);
	};
}

/** Loads what images are resized with, so that the first chunk does not wait for it. */
export async function loadImageLibrary(): Promise<typeof import('sharp')['default']> {
	const {default: sharp} = await import('sharp');
	// One thread an image: the cores carry the network and the other programs too.
	sharp.concurrency(1);
	return sharp;
}

async function resize(
	{content, encoding, width: fullWidth, height: fullHeight}: Chunk,
	{width, height, jpegQuality}: {readonly width: number; readonly height: number; readonly jpegQuality: number},
): Promise<Buffer> {
	const sharp = await loadImageLibrary();
	const image =
		encoding === 'raw' ? sharp(content, {raw: {width: fullWidth, height: fullHeight, channels: 1}}) : sharp(content);
	const resized = image.resize(width, height, {fit: 'fill', kernel: 'cubic'});
	switch (encoding) {
		case 'raw':
			return resized.toColourspace('b-w').raw().toBuffer();
		case 'jpeg':
			return resized.jpeg({quality: jpegQuality}).toBuffer();
		case 'pyramid':
		case 'features':
		case 'detections':
		case 'filler':
			throw new TypeError(`a chunk of ${encoding} is no image any more`);
		default:
			return encoding satisfies never;
	}
}
