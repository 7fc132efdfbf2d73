import {readFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import type {SiteSetup} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import {contentHash} from '#proxies/transports/content-hash.ts';
import {makeCamera} from './camera.ts';
import {imagesOf} from './folder-frames.ts';
import type {Frame} from './frame.ts';
import {cameraRandom, frameSidePx} from './frame-identity.ts';

/**
 * The frames that a producer sends round and round: a camera's, or the user's own images. Raw ones are squares of 8-bit
 * grey pixels whose bytes come as near to `chunkBytes` as a square does; own JPEG files are sent as they are.
 *
 * @throws {StreambedError} SCENARIO_INVALID when the folder or an image in it cannot be read.
 */
export async function makeFrames({
	frames,
	chunkBytes,
	seed,
}: Pick<SiteSetup, 'frames' | 'chunkBytes' | 'seed'>): Promise<readonly Frame[]> {
	const side = frameSidePx(chunkBytes);
	if (frames.folder !== undefined) {
		const paths = await imagesOf(frames.folder, {countMax: frames.distinct});
		return mapInOrder(paths, path => ownFrame(path, side, frames));
	}
	const camera = makeCamera({side, random: cameraRandom(seed), sizes: frames.targets});
	return mapInOrder([...Array(frames.distinct).keys()], index =>
		cameraFrame(camera.expose(index).pixels, side, frames),
	);
}

async function cameraFrame(pixels: Buffer, side: number, {encoding, jpegQuality}: SiteSetup['frames']): Promise<Frame> {
	if (encoding === 'raw') {
		return frameOf({content: pixels, encoding, width: side, height: side});
	}
	const {default: sharp} = await import('sharp');
	const image = sharp(pixels, {raw: {width: side, height: side, channels: 1}});
	return frameOf({content: await image.jpeg({quality: jpegQuality}).toBuffer(), encoding, width: side, height: side});
}

async function ownFrame(path: string, side: number, {encoding, jpegQuality}: SiteSetup['frames']): Promise<Frame> {
	const {default: sharp} = await import('sharp');
	try {
		const file = await readFile(path);
		if (encoding === 'raw') {
			const grey = sharp(file).resize(side, side, {fit: 'fill'}).removeAlpha().toColourspace('b-w');
			const {data} = await grey.raw().toBuffer({resolveWithObject: true});
			return frameOf({content: data, encoding, width: side, height: side});
		}
		const {format, width, height} = await sharp(file).metadata();
		const content = format === 'jpeg' ? file : await sharp(file).jpeg({quality: jpegQuality}).toBuffer();
		return frameOf({content, encoding, width, height});
	} catch (cause) {
		throw new StreambedError('SCENARIO_INVALID', `decoding the image ${path} failed: ${(cause as Error).message}`, {
			hint: 'take it out of the folder of workload.frames, or replace it with an image that opens elsewhere',
			cause,
		});
	}
}

function frameOf(frame: Omit<Frame, 'contentHash'>): Frame {
	return {...frame, contentHash: contentHash(frame.content)};
}

/** Like `Promise.all` over the results, with as many under way as there are cores. */
async function mapInOrder<Item, Result>(
	items: readonly Item[],
	make: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
	const results: Result[] = [];
	const atOnce = availableParallelism();
	for (let begin = 0; begin < items.length; begin += atOnce) {
		results.push(...(await Promise.all(items.slice(begin, begin + atOnce).map(make))));
	}
	return results;
}
