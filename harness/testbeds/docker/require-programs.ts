import {StreambedError} from '#core/errors.ts';
import {howToBuild} from './image.ts';
import {programsDigest} from './programs-digest.ts';

/** Throws IMAGE_UNFIT unless an agent's programs are those of this build: of another, one might mean something else by a message. */
export function requirePrograms(digest: string, image: string): void {
	if (digest !== programsDigest()) {
		throw new StreambedError('IMAGE_UNFIT', `the programs in the image ${image} are of another build than this one`, {
			hint: howToBuild(image),
		});
	}
}
