import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {StreambedError} from '#core/errors.ts';

const imageName = /\.(?:jpe?g|png|tiff?|webp|gif|avif)$/i;

/** Paths of the first images of a folder by name, at most so many. Rejects with SCENARIO_INVALID when there is none. */
export async function imagesOf(folder: string, {countMax}: {readonly countMax: number}): Promise<readonly string[]> {
	const names = await readdir(folder).catch((cause: unknown) => {
		throw new StreambedError(
			'SCENARIO_INVALID',
			`reading the images of ${folder} failed: ${(cause as Error).message}`,
			{
				hint: 'workload.frames.folder is a folder of images, relative to the scenario file',
				cause,
			},
		);
	});
	const images = names.filter(name => imageName.test(name)).sort();
	if (images.length === 0) {
		throw new StreambedError('SCENARIO_INVALID', `${folder} holds ${names.length} files, and none is an image`, {
			hint: 'workload.frames.folder needs images: jpg, png, tif, webp, gif or avif',
		});
	}
	return images.slice(0, countMax).map(name => join(folder, name));
}
