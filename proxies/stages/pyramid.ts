import type {Ratio} from '#core/units.ts';
import type {Chunk} from '../transports/chunk.ts';
import {downscaledSides, loadImageLibrary, noImage} from './downscale.ts';
import {pyramidLevels} from './pyramid-levels.ts';

/**
 * The first stage: reduces an image to a share of its width and height and resamples it to every level of a pyramid. The
 * content is the grey pixels of all levels, the reduced image first; width and height are those of the reduced image.
 *
 * @throws {StreambedError} NOT_VALID when the content is not the image that the header promises.
 */
export async function imagePyramid(
	chunk: Chunk,
	{resolutionRatio}: {readonly resolutionRatio: Ratio},
): Promise<Omit<Chunk, 'contentHash'>> {
	const size = downscaledSides(chunk, resolutionRatio / chunk.resolutionRatio);
	const levels: Buffer[] = [];
	const sharp = await loadImageLibrary();
	let above = {content: chunk.content, isRaw: chunk.encoding === 'raw', width: chunk.width, height: chunk.height};
	for (const {width, height} of pyramidLevels(size)) {
		const {isRaw, content} = above;
		const image = sharp(content, isRaw ? {raw: {width: above.width, height: above.height, channels: 1}} : {});
		const resized = image.resize(width, height, {fit: 'fill', kernel: 'cubic'}).removeAlpha().toColourspace('b-w');
		const pixels = await resized.raw().toBuffer().catch(noImage(chunk, {width, height}));
		levels.push(pixels);
		above = {content: pixels, isRaw: true, width, height};
	}
	return {...chunk, ...size, encoding: 'pyramid', resolutionRatio, content: Buffer.concat(levels)};
}
