import {randomStream} from '#core/random.ts';
import {pyramidFeatures} from '#proxies/stages/level-work.ts';
import {imagePyramid} from '#proxies/stages/pyramid.ts';
import {contentHash} from '#proxies/transports/content-hash.ts';
import {makeCamera} from '#workload/frames/camera.ts';
import type {Target} from '#workload/frames/targets.ts';

/** A frame with what is known of it, and what the first two stages make of it at full resolution. */
export type TrainingFrame = {
	readonly sidePx: number;
	readonly targets: readonly Target[];
	readonly features: Uint8Array;
};

const sidePx = 512;
/** Targets from just too small for the window to many times as large. */
const sizes = {count: 16, leastRadiusRatio: 0.012, greatestRadiusRatio: 0.06};
/** Exposures of one camera that are so far apart that its targets are elsewhere. */
const exposures = [0, 40];

/** Frames of cameras that no run has: their draws are split off under a purpose of their own. */
export async function trainingFrames({
	purpose,
	cameraCount,
}: {
	readonly purpose: 'training' | 'validation';
	readonly cameraCount: number;
}): Promise<readonly TrainingFrame[]> {
	const frames: TrainingFrame[] = [];
	for (let index = 0; index < cameraCount; index++) {
		const camera = makeCamera({side: sidePx, random: randomStream(index, `detector ${purpose}`), sizes});
		for (const exposure of exposures) {
			const {pixels, targets} = camera.expose(exposure);
			frames.push({sidePx, targets, features: await featuresOf(pixels)});
		}
	}
	return frames;
}

async function featuresOf(pixels: Buffer): Promise<Uint8Array> {
	const size = {width: sidePx, height: sidePx};
	const {content} = await imagePyramid(
		{
			...size,
			encoding: 'raw',
			streamIndex: 0,
			sequence: 0,
			resolutionRatio: 1,
			plannedSeconds: 0,
			sentSeconds: 0,
			contentHash: contentHash(pixels),
			content: pixels,
		},
		{resolutionRatio: 1},
	);
	return pyramidFeatures(content, size);
}
