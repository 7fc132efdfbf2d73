import {readFileSync} from 'node:fs';
import test from 'ava';
import {realClock} from '#core/clock.ts';
import {decodeDetections, encodeDetections} from '#core/detections.ts';
import {packageRoot} from '#core/package-root.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {WorkerSlot} from '#proxies/nodes/worker-slot.ts';
import {shippedClassifier} from '#proxies/stages/detector.ts';
import {cellPx, orientationCount, windowPx} from '#proxies/stages/detector-window.ts';
import {doStageWork} from '#proxies/stages/do-stage-work.ts';
import {filler} from '#proxies/stages/filler.ts';
import {cellHistograms, featureBytes, normalisedFeatures} from '#proxies/stages/gradients.ts';
import {imagePyramid} from '#proxies/stages/pyramid.ts';
import {pyramidLevels} from '#proxies/stages/pyramid-levels.ts';
import {StageThreads} from '#proxies/stages/stage-threads.ts';
import {suppressOverlaps} from '#proxies/stages/suppress-overlaps.ts';
import type {Chunk} from '#proxies/transports/chunk.ts';
import {isIntact} from '#proxies/transports/content-hash.ts';
import {matchedCount} from '#workload/frames/agreement.ts';
import {DetectionTruth} from '#workload/frames/detection-truth.ts';
import {makeFrames} from '#workload/frames/frames.ts';
import {solveSymmetric} from '../../scripts/detector-training/ridge-regression.ts';
import {trainClassifier} from '../../scripts/detector-training/train-classifier.ts';
import {makeChunk} from '../support/data-plane.ts';

/** An image whose grey level is a function of the place. */
function image(side: number, level: (x: number, y: number) => number): Uint8Array {
	return Uint8Array.from({length: side * side}, (_, index) => level(index % side, Math.floor(index / side)));
}

/** The directions of the cell in the middle of a square image. */
function middleCell(values: Float32Array | Uint8Array, side: number): readonly number[] {
	const columns = Math.floor(side / cellPx);
	const cell = (Math.floor(columns / 2) * columns + Math.floor(columns / 2)) * orientationCount;
	return [...values.subarray(cell, cell + orientationCount)];
}

const side = 32;
const size = {width: side, height: side};

test('a ramp votes with its slope for its own direction alone, and turning it moves the votes along', t => {
	const pixelsOfCell = cellPx * cellPx;
	const slope = 3;
	const ramps = [
		(x: number, _y: number) => slope * x,
		(x: number, y: number) => slope * (x + y),
		(_x: number, y: number) => slope * y,
		(x: number, y: number) => slope * (side - x + y),
		(x: number, _y: number) => slope * (side - x),
		(x: number, y: number) => slope * (2 * side - x - y),
		(_x: number, y: number) => slope * (side - y),
		(x: number, y: number) => slope * (side + x - y),
	];
	for (const [direction, ramp] of ramps.entries()) {
		const votes = middleCell(cellHistograms(image(side, ramp), size), side);
		// A central difference spans two pixels; along a diagonal both axes rise.
		const expected = 2 * slope * (direction % 2 === 0 ? 1 : Math.SQRT2) * pixelsOfCell;
		for (const [other, vote] of votes.entries()) {
			const wanted = other === direction ? expected : 0;
			t.true(Math.abs(vote - wanted) < 0.01, `ramp ${direction}, direction ${other}: ${vote}, expected ${wanted}`);
		}
	}
});

test('a gradient between two directions votes for both, in proportion', t => {
	// 1 down for 2 across: 26.565° of 45° on the way from direction 0 to direction 1.
	const votes = middleCell(
		cellHistograms(
			image(side, (x, y) => 2 * x + y),
			size,
		),
		side,
	);
	const share = (votes[1] ?? 0) / ((votes[0] ?? 0) + (votes[1] ?? 0));
	const expected = Math.atan(0.5) / (Math.PI / 4);
	t.true(Math.abs(share - expected) < 1e-3, `share ${share}, expected ${expected}`);
	t.deepEqual(votes.slice(2), [0, 0, 0, 0, 0, 0]);
});

test('features hardly depend on how bright or how steep the picture is, and a flat one has none', t => {
	const wave = (amplitude: number, level: number) =>
		middleCell(
			normalisedFeatures(
				cellHistograms(
					image(side, (x, y) => level + amplitude * Math.sin(x / 3) * Math.cos(y / 4)),
					size,
				),
				size,
			),
			side,
		);
	const [dim, bright] = [wave(50, 60), wave(100, 120)];
	for (const [direction, value] of bright.entries()) {
		const difference = Math.abs(value - (dim[direction] ?? 0));
		t.true(difference <= 25, `direction ${direction}: ${dim[direction]} and ${value}, tolerance 25 of 255`);
	}
	t.true(Math.max(...bright) > 60, `${bright}`);
	t.deepEqual(wave(0, 80), Array(orientationCount).fill(0));
});

test('a pyramid shrinks by the root of two a level until a window does not fit any more', t => {
	const levels = pyramidLevels({width: 1000, height: 600});
	t.deepEqual(levels.slice(0, 4), [
		{width: 1000, height: 600},
		{width: 707, height: 424},
		{width: 500, height: 300},
		{width: 354, height: 212},
	]);
	t.true((levels.at(-1)?.height ?? 0) >= windowPx && (levels.at(-1)?.height ?? 0) * Math.SQRT1_2 < windowPx + 1);
	t.deepEqual(pyramidLevels({width: 5, height: 3}), [{width: 5, height: 3}], 'the image itself is always there');
});

test('the first stage reduces and resamples: pixels of every level, each with the mean of the image', async t => {
	const chunk = makeChunk({side: 400});
	const pyramid = await imagePyramid(chunk, {resolutionRatio: 0.5});
	t.like(pyramid, {encoding: 'pyramid', width: 200, height: 200, resolutionRatio: 0.5});
	const mean = (bytes: Uint8Array) => bytes.reduce((sum, level) => sum + level, 0) / bytes.length;
	let offset = 0;
	for (const {width, height} of pyramidLevels({width: 200, height: 200})) {
		const level = pyramid.content.subarray(offset, offset + width * height);
		offset += width * height;
		const difference = Math.abs(mean(level) - mean(chunk.content));
		t.true(difference < 6, `${width} px: mean ${mean(level)}, of the image ${mean(chunk.content)}, tolerance 6`);
	}
	t.is(pyramid.content.length, offset);
	await t.throwsAsync(imagePyramid({...chunk, content: Buffer.alloc(10)}, {resolutionRatio: 0.5}), {code: 'NOT_VALID'});
});

test('of windows that lie close together the surest is kept, also over levels', t => {
	const at = (xRatio: number, score: number, radiusRatio = 0.02) => ({xRatio, yRatio: 0.5, radiusRatio, score});
	t.deepEqual(suppressOverlaps([at(0.5, 1), at(0.51, 3), at(0.52, 2, 0.04), at(0.8, 0.5)]), [
		at(0.51, 3),
		at(0.8, 0.5),
	]);
});

test('each target counts for one box, the surest, and a box beside all of them for none', t => {
	const target = {xPx: 50, yPx: 50, radiusXPx: 10, radiusYPx: 5, contrast: 80};
	const box = (xRatio: number, yRatio: number, score = 1) => ({xRatio, yRatio, radiusRatio: 0.1, score});
	const truth = {targets: [target], sidePx: 100};
	t.is(matchedCount([box(0.5, 0.5), box(0.55, 0.5)], truth), 1);
	t.is(matchedCount([box(0.59, 0.5)], truth), 1);
	t.is(matchedCount([box(0.5, 0.59)], truth), 0);
	t.is(matchedCount([], truth), 0);
});

test('a list of detections reads back as written, and what is none is refused', t => {
	const boxes = [{xRatio: 0.25, yRatio: 0.5, radiusRatio: 0.01, score: 1.5}];
	t.deepEqual(decodeDetections(encodeDetections(boxes)), boxes);
	t.throws(() => decodeDetections(Buffer.from('{"boxes":[{}]}')), {code: 'NOT_VALID'});
});

test('a stage that does no work gives out as many bytes as it is to', t => {
	const chunk = makeChunk();
	const filled = filler(chunk, {bytes: 1234.4});
	t.is(filled.content.length, 1234);
	t.is(filled.encoding, 'filler');
	t.true(isIntact(filled));
	t.is(filler(chunk, {bytes: 0.2}).content.length, 1);
});

const chunkBytes = 640_000;
const frames = {
	encoding: 'raw',
	jpegQuality: 90,
	distinct: 10,
	targets: {count: 16, leastRadiusRatio: 0.0075, greatestRadiusRatio: 0.03},
} as const;
const seed = 4711;

test('the detector finds the targets of frames that it was not trained on, and fewer as resolution falls', async t => {
	await using threads = await StageThreads.open({threadCount: 1});
	const truth = new DetectionTruth({seed, chunkBytes, frames});
	const made = await makeFrames({frames, chunkBytes, seed});
	const f1: number[] = [];
	for (const {resolutionRatio, recallMin} of [
		{resolutionRatio: 1, recallMin: 0.75},
		{resolutionRatio: 0.6, recallMin: 0.3},
		{resolutionRatio: 0.3, recallMin: 0},
	]) {
		const total = {targetCount: 0, boxCount: 0, matchedCount: 0};
		for (const [sequence, frame] of made.entries()) {
			let chunk: Chunk = {...frame, streamIndex: 0, sequence, resolutionRatio: 1, plannedSeconds: 0, sentSeconds: 0};
			for (const work of ['pyramid', 'gradients', 'windows'] as const) {
				chunk = await doStageWork(work, chunk, {resolutionRatio, threads});
				t.true(isIntact(chunk));
				if (work === 'gradients') {
					const bytes = pyramidLevels(chunk).reduce((sum, level) => sum + featureBytes(level), 0);
					t.is(chunk.content.length, bytes);
				}
			}
			const counts = truth.compare(chunk);
			t.is(counts?.frameIndex, sequence);
			for (const name of ['targetCount', 'boxCount', 'matchedCount'] as const) {
				total[name] += counts?.[name] ?? 0;
			}
		}
		const recall = total.matchedCount / total.targetCount;
		const precision = total.matchedCount / total.boxCount;
		t.log(`resolution ${resolutionRatio}: found ${recall.toFixed(3)}, right ${precision.toFixed(3)}`);
		t.true(recall >= recallMin, `at ${resolutionRatio}: ${recall} of the targets, expected ≥ ${recallMin}`);
		t.true(precision >= 0.8, `at ${resolutionRatio}: ${precision} of the boxes are right, expected ≥ 0.8`);
		f1.push((2 * total.matchedCount) / (total.targetCount + total.boxCount));
	}
	const [full = 0, middle = 0, low = 0] = f1;
	t.true(full > middle + 0.1 && middle > low + 0.1, `F1 at 1, 0.6 and 0.3: ${f1.join(', ')}`);
});

test('own images have no known targets, and an image is no list of detections', async t => {
	const detections = {...makeChunk(), encoding: 'detections', content: encodeDetections([])} as const;
	t.is(new DetectionTruth({seed, chunkBytes, frames: {...frames, folder: 'mine'}}).compare(detections), undefined);
	t.is(new DetectionTruth({seed, chunkBytes, frames}).compare(makeChunk()), undefined);
	t.like(new DetectionTruth({seed, chunkBytes, frames}).compare(detections), {boxCount: 0, matchedCount: 0});
});

test('a system of equations is solved', t => {
	const lower = Float64Array.from([4, 0, 0, 2, 5, 0, 0, 1, 3]);
	const solution = solveSymmetric(lower, Float64Array.from([8, 15, 11]));
	// 4x + 2y = 8, 2x + 5y + z = 15, y + 3z = 11
	for (const [index, wanted] of [1, 2, 3].entries()) {
		t.true(Math.abs((solution[index] ?? 0) - wanted) < 1e-12, `${solution[index]}, expected ${wanted}`);
	}
});

test('the classifier that ships is what training gives', async t => {
	const {classifier} = await trainClassifier();
	const largest = Math.max(...shippedClassifier.weights.map(Math.abs));
	const tolerance = 1e-4 * largest;
	for (const [index, weight] of classifier.weights.entries()) {
		const shipped = shippedClassifier.weights[index] ?? Number.NaN;
		t.true(Math.abs(weight - shipped) < tolerance, `weight ${index}: ${weight}, shipped ${shipped} ± ${tolerance}`);
	}
	t.true(Math.abs(classifier.bias - shippedClassifier.bias) < 1e-4);
});

test('what the scenario says of its stages is what was measured', t => {
	const folder = `${packageRoot}/scenarios/detection`;
	const {stages} = JSON.parse(readFileSync(`${folder}/measured.json`, 'utf8')) as {
		stages: ReadonlyArray<{name: string; serviceMsP95: number; output: {bytes: number; ratio: number}}>;
	};
	const scenario = loadScenario(`${folder}/stages.yaml`).variants[0]?.scenario;
	t.deepEqual(
		scenario?.workload.stages.map(({name, serviceSeconds}) => ({name, serviceMs: Math.round(serviceSeconds * 1e3)})),
		stages.map(({name, serviceMsP95}) => ({name, serviceMs: serviceMsP95})),
	);
	for (const [index, {output}] of stages.entries()) {
		const stated = scenario?.workload.stages[index]?.output;
		const [actual, expected] =
			stated?.kind === 'fixed' ? [stated.bytes, output.bytes] : [stated?.ratio ?? Number.NaN, output.ratio];
		t.true(Math.abs(actual / expected - 1) < 1e-3, `stage ${index}: ${actual}, measured ${expected}`);
	}
});

test.serial('work that begins at once has the whole service to be done in', async t => {
	const slot = new WorkerSlot(realClock);
	const {signal} = new AbortController();
	const begun: number[] = [];
	const readyNs = realClock.nowNs();
	const endNs = await slot.serve({
		readyNs,
		serviceSeconds: 0.3,
		work: async () => {
			begun.push(Number(realClock.nowNs() - readyNs) / 1e9);
			await realClock.sleep(0.2, signal);
		},
		atOnce: true,
		signal,
	});
	t.true((begun[0] ?? 1) < 0.1, `begun after ${begun[0]} s, expected at once, tolerance 0.1 s`);
	const heldMs = Number(endNs - readyNs) / 1e6;
	t.true(
		heldMs >= 300 && heldMs < 400,
		`held for ${heldMs} ms, expected 300 ms, and at most 100 ms more on a busy machine`,
	);
});
