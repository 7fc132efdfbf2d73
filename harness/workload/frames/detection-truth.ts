import type {SiteSetup} from '#core/control/messages.ts';
import {decodeDetections} from '#core/detections.ts';
import type {DetectionCounts} from '#core/records/detection-counts.ts';
import type {Chunk} from '#proxies/transports/chunk.ts';
import {matchedCount} from './agreement.ts';
import {cameraRandom, frameIndexOf, frameSidePx} from './frame-identity.ts';
import {Targets} from './targets.ts';

/**
 * What the consumer holds detections against: the camera is a matter of the run's seed, so that where its targets are is
 * known without their being sent along.
 */
export class DetectionTruth {
	readonly #sidePx: number;
	readonly #frameCount: number;
	/** `undefined` for a user's own images, of which nobody says what is in them. */
	readonly #targets: Targets | undefined;

	constructor({seed, chunkBytes, frames}: Pick<SiteSetup, 'seed' | 'chunkBytes' | 'frames'>) {
		this.#sidePx = frameSidePx(chunkBytes);
		this.#frameCount = frames.distinct;
		this.#targets =
			frames.folder === undefined
				? new Targets({side: this.#sidePx, random: cameraRandom(seed), sizes: frames.targets})
				: undefined;
	}

	/**
	 * `undefined` for a chunk that is no list of detections.
	 *
	 * @throws {StreambedError} NOT_VALID when it says it is one, and is none.
	 */
	compare({encoding, content, ...identity}: Chunk): DetectionCounts | undefined {
		if (encoding !== 'detections' || !this.#targets) {
			return undefined;
		}
		const boxes = decodeDetections(content);
		const frameIndex = frameIndexOf({...identity, frameCount: this.#frameCount});
		const targets = this.#targets.at(frameIndex);
		return {
			frameIndex,
			targetCount: targets.length,
			boxCount: boxes.length,
			matchedCount: matchedCount(boxes, {targets, sidePx: this.#sidePx}),
		};
	}
}
