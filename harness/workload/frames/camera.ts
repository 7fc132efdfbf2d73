import type {TargetSizes} from '#core/control/messages.ts';
import type {RandomStream} from '#core/random.ts';
import {type Target, Targets} from './targets.ts';
import {valueNoise} from './value-noise.ts';

/** One exposure: 8-bit grey pixels, row after row, and the truth about what is in it. */
export type Exposure = {readonly pixels: Buffer; readonly targets: readonly Target[]};

/** Takes the n-th exposure; the same camera takes the same one again. */
export type Camera = {readonly sidePx: number; expose(index: number): Exposure};

const backgroundLevel = 90;
/** Noise of the sensor's electronics, and of counting photons, which grows with the root of the level. */
const readNoise = 4;
const shotNoise = 0.8;
const noiseTableCount = 4096;

/**
 * A camera that looks at soft bright ellipses moving over a textured background, with a sensor's noise. Pixels have the
 * entropy of a real 8-bit detector: they hardly compress.
 */
export function makeCamera({
	side,
	random,
	sizes,
}: {
	readonly side: number;
	readonly random: RandomStream;
	readonly sizes?: TargetSizes | undefined;
}): Camera {
	const background = valueNoise(side, random.split('background')).map(level => level + backgroundLevel);
	const truth = new Targets({side, random, sizes});
	const noise = Float32Array.from({length: noiseTableCount}, noiseDraw(random.split('noise')));
	const scene = new Float32Array(side * side);
	return {
		sidePx: side,
		expose(index) {
			const targets = truth.at(index);
			scene.set(background);
			for (const target of targets) {
				addTarget(scene, side, target);
			}
			return {pixels: readOut(scene, noise, random.split(`exposure-${index}`)), targets};
		},
	};
}

const noiseDraw = (random: RandomStream) => () => random.normal();

/** Brightest in the middle, falling smoothly to nothing at the radius. */
function addTarget(scene: Float32Array, side: number, {xPx, yPx, radiusXPx, radiusYPx, contrast}: Target): void {
	const right = Math.min(side - 1, Math.floor(xPx + radiusXPx));
	const bottom = Math.min(side - 1, Math.floor(yPx + radiusYPx));
	for (let y = Math.max(0, Math.ceil(yPx - radiusYPx)); y <= bottom; y++) {
		for (let x = Math.max(0, Math.ceil(xPx - radiusXPx)); x <= right; x++) {
			const inside = 1 - ((x - xPx) / radiusXPx) ** 2 - ((y - yPx) / radiusYPx) ** 2;
			if (inside > 0) {
				scene[y * side + x] = (scene[y * side + x] ?? 0) + contrast * inside * inside;
			}
		}
	}
}

/** Adds the noise and counts in whole levels; a pixel that is too bright saturates, as a detector's does. */
function readOut(scene: Float32Array, noise: Float32Array, random: RandomStream): Buffer {
	const levels = new Uint8ClampedArray(scene.length);
	for (let pixel = 0; pixel < scene.length; pixel += 2) {
		// One draw is enough for two pixels: 12 bits each.
		const draw = random.integer(noiseTableCount * noiseTableCount);
		levels[pixel] = exposed(scene[pixel] ?? 0, noise[draw % noiseTableCount] ?? 0);
		levels[pixel + 1] = exposed(scene[pixel + 1] ?? 0, noise[Math.floor(draw / noiseTableCount)] ?? 0);
	}
	return Buffer.from(levels.buffer);
}

function exposed(level: number, noise: number): number {
	return level + noise * (readNoise + shotNoise * Math.sqrt(Math.max(0, level)));
}
