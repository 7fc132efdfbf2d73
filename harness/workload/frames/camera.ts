import type {RandomStream} from '#core/random.ts';
import {valueNoise} from './value-noise.ts';

/** Something that moves through the picture: where its middle is, and how far it reaches, in pixels. */
export type Target = {
	readonly xPx: number;
	readonly yPx: number;
	readonly radiusXPx: number;
	readonly radiusYPx: number;
	/** How much brighter than the background its middle is, in grey levels. */
	readonly contrast: number;
};

/** One exposure: 8-bit grey pixels, row after row, and the truth about what is in it. */
export type Exposure = {readonly pixels: Buffer; readonly targets: readonly Target[]};

/** Takes the n-th exposure; the same camera takes the same one again. */
export type Camera = {readonly sidePx: number; expose(index: number): Exposure};

const targetCount = 6;
const backgroundLevel = 90;
/** Noise of the sensor's electronics, and of counting photons, which grows with the root of the level. */
const readNoise = 4;
const shotNoise = 0.8;
const noiseTableCount = 4096;

/**
 * A camera that looks at soft bright ellipses moving over a textured background, with a sensor's noise. Pixels have the
 * entropy of a real 8-bit detector: they hardly compress.
 */
export function makeCamera({side, random}: {readonly side: number; readonly random: RandomStream}): Camera {
	const background = valueNoise(side, random.split('background')).map(level => level + backgroundLevel);
	const tracks = Array.from({length: targetCount}, (_, index) => drawTrack(side, random.split(`target-${index}`)));
	const noise = Float32Array.from({length: noiseTableCount}, noiseDraw(random.split('noise')));
	const scene = new Float32Array(side * side);
	return {
		sidePx: side,
		expose(index) {
			const targets = tracks.map(track => targetAt(track, {index, side}));
			scene.set(background);
			for (const target of targets) {
				addTarget(scene, side, target);
			}
			return {pixels: readOut(scene, noise, random.split(`exposure-${index}`)), targets};
		},
	};
}

const noiseDraw = (random: RandomStream) => () => random.normal();

type Track = Target & {
	/** Pixels from one exposure to the next. */
	readonly stepXPx: number;
	readonly stepYPx: number;
};

function drawTrack(side: number, random: RandomStream): Track {
	const between = (low: number, high: number) => low + (high - low) * random.next();
	const headingRadians = between(0, 2 * Math.PI);
	const stepPx = side * between(0.02, 0.06);
	return {
		xPx: between(0, side),
		yPx: between(0, side),
		radiusXPx: side * between(0.02, 0.06),
		radiusYPx: side * between(0.02, 0.06),
		contrast: between(60, 110),
		stepXPx: stepPx * Math.cos(headingRadians),
		stepYPx: stepPx * Math.sin(headingRadians),
	};
}

function targetAt(
	{stepXPx, stepYPx, ...target}: Track,
	{index, side}: {readonly index: number; readonly side: number},
): Target {
	return {
		...target,
		xPx: reflected(target.xPx + stepXPx * index, side),
		yPx: reflected(target.yPx + stepYPx * index, side),
	};
}

/** A position that turns round at both borders. */
function reflected(position: number, side: number): number {
	const around = ((position % (2 * side)) + 2 * side) % (2 * side);
	return around < side ? around : 2 * side - around;
}

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
