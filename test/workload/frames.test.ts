import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {deflateSync} from 'node:zlib';
import test from 'ava';
import sharp from 'sharp';
import {realClock} from '#core/clock.ts';
import {randomStream} from '#core/random.ts';
import {isIntact} from '#proxies/transports/content-hash.ts';
import {makeCamera} from '#workload/frames/camera.ts';
import {makeFrames} from '#workload/frames/frames.ts';
import {OpenLoopPacer} from '#workload/open-loop-pacer.ts';

const camera = (seed: number, side = 300) => makeCamera({side, random: randomStream(seed, 'camera')});
const rawFrames = {encoding: 'raw', jpegQuality: 90, distinct: 3} as const;

test('the same seed takes the same frames, another seed and another index take others', t => {
	const {pixels} = camera(1).expose(4);
	t.is(pixels.length, 300 * 300);
	t.true(pixels.equals(camera(1).expose(4).pixels));
	t.false(pixels.equals(camera(1).expose(5).pixels));
	t.false(pixels.equals(camera(2).expose(4).pixels));
});

test('frames have the entropy of a detector: they hardly compress', t => {
	const {pixels} = camera(1, 1000).expose(0);
	const compressedRatio = deflateSync(pixels).length / pixels.length;
	t.true(compressedRatio > 0.7 && compressedRatio < 1, `compressed to ${compressedRatio}, expected 0.7–1`);
	const levels = new Set(pixels);
	t.true(levels.size > 100, `${levels.size} grey levels`);
	t.true(pixels.filter(level => level === 0 || level === 255).length < pixels.length * 0.02, 'few pixels saturate');
});

test('targets move, and are where the camera says', t => {
	const side = 300;
	const {expose} = camera(3, side);
	const [before, after] = [expose(0), expose(9)];
	const meanAround = (pixels: Buffer, xPx: number, yPx: number) => {
		const around: number[] = [];
		for (let y = Math.max(0, Math.round(yPx) - 2); y <= Math.min(side - 1, Math.round(yPx) + 2); y++) {
			for (let x = Math.max(0, Math.round(xPx) - 2); x <= Math.min(side - 1, Math.round(xPx) + 2); x++) {
				around.push(pixels[y * side + x] ?? 0);
			}
		}
		return around.reduce((sum, level) => sum + level, 0) / around.length;
	};
	let checkedCount = 0;
	for (const [index, target] of before.targets.entries()) {
		const isCovered = after.targets.some(
			({xPx, yPx, radiusXPx, radiusYPx}) =>
				Math.hypot((xPx - target.xPx) / (radiusXPx + 4), (yPx - target.yPx) / (radiusYPx + 4)) < 1,
		);
		const moved = after.targets[index];
		t.true(moved && Math.hypot(moved.xPx - target.xPx, moved.yPx - target.yPx) > 1);
		if (!isCovered) {
			checkedCount++;
			const gain = meanAround(before.pixels, target.xPx, target.yPx) - meanAround(after.pixels, target.xPx, target.yPx);
			t.true(gain > target.contrast * 0.4, `a target of contrast ${target.contrast} shows ${gain}`);
		}
	}
	t.true(checkedCount >= 3);
});

test('raw camera frames are squares as near to the chunk as can be, hashed', async t => {
	const frames = await makeFrames({frames: rawFrames, chunkBytes: 90_500, seed: 1});
	t.is(frames.length, 3);
	for (const frame of frames) {
		t.like(frame, {encoding: 'raw', width: 301, height: 301});
		t.is(frame.content.length, 301 * 301);
		t.true(isIntact(frame));
	}
	t.false(frames[0]?.content.equals(frames[1]?.content ?? Buffer.alloc(0)));
});

test('JPEG frames decode to the side they say', async t => {
	const [frame] = await makeFrames({frames: {...rawFrames, encoding: 'jpeg'}, chunkBytes: 90_000, seed: 1});
	const {format, width, height} = await sharp(frame?.content).metadata();
	t.deepEqual({format, width, height}, {format: 'jpeg', width: 300, height: 300});
});

test('own images are made grey squares, or sent as they are when they are JPEG and may be', async t => {
	const folder = await mkdtemp(join(tmpdir(), 'streambed-frames-'));
	t.teardown(() => rm(folder, {recursive: true}));
	const image = sharp({create: {width: 64, height: 32, channels: 3, background: '#ffffff'}});
	const jpeg = await image.jpeg().toBuffer();
	await writeFile(join(folder, 'a.jpg'), jpeg);
	await writeFile(join(folder, 'b.png'), await image.png().toBuffer());
	await writeFile(join(folder, 'notes.txt'), 'no image');
	const raw = await makeFrames({frames: {...rawFrames, folder}, chunkBytes: 400, seed: 1});
	t.deepEqual(
		raw.map(({width, height, content}) => ({
			width,
			height,
			bytes: content.length,
			white: content.every(level => level === 255),
		})),
		Array(2).fill({width: 20, height: 20, bytes: 400, white: true}),
	);
	const asJpeg = await makeFrames({frames: {...rawFrames, encoding: 'jpeg', folder}, chunkBytes: 400, seed: 1});
	t.true(asJpeg[0]?.content.equals(jpeg));
	t.like(asJpeg[1], {encoding: 'jpeg', width: 64, height: 32});
	await writeFile(join(folder, 'c.jpg'), 'not really');
	await t.throwsAsync(makeFrames({frames: {...rawFrames, folder}, chunkBytes: 400, seed: 1}), {
		code: 'SCENARIO_INVALID',
		message: /c\.jpg/,
	});
});

test('a folder without images is an error of the scenario', async t => {
	const folder = await mkdtemp(join(tmpdir(), 'streambed-frames-'));
	t.teardown(() => rm(folder, {recursive: true}));
	await t.throwsAsync(makeFrames({frames: {...rawFrames, folder}, chunkBytes: 400, seed: 1}), {
		code: 'SCENARIO_INVALID',
		message: /holds 0 files/,
	});
});

test('the open-loop pacer calls every planned instant in order, never early, and keeps the plan after a stall', async t => {
	using pacer = new OpenLoopPacer(realClock);
	const startNs = realClock.nowNs() + 20_000_000n;
	const count = 100;
	const due: Array<{index: number; latenessSeconds: number}> = [];
	const {promise, resolve} = Promise.withResolvers<void>();
	pacer.add({
		instantNs: index => (index < count ? startNs + BigInt(index) * 2_000_000n : undefined),
		onDue(index, latenessSeconds) {
			due.push({index, latenessSeconds});
			if (index === 20) {
				const untilNs = realClock.nowNs() + 60_000_000n;
				while (realClock.nowNs() < untilNs) {
					// The process is busy with something else.
				}
			}
		},
		onEnd: resolve,
	});
	await promise;
	t.deepEqual(
		due.map(({index}) => index),
		[...Array(count).keys()],
	);
	t.true(due.every(({latenessSeconds}) => latenessSeconds >= 0));
	const stalled = due[21]?.latenessSeconds ?? 0;
	t.true(stalled > 0.05, `after a stall of 60 ms the next was ${stalled} s late, expected > 0.05 s`);
	const lastNs = startNs + BigInt(count - 1) * 2_000_000n;
	t.true(Number(realClock.nowNs() - lastNs) / 1e9 < 0.5, 'the end of the plan did not move');
});

test('a cancelled series is not called again, and one without instants ends at once', async t => {
	using pacer = new OpenLoopPacer(realClock);
	const startNs = realClock.nowNs();
	let calls = 0;
	const cancel = pacer.add({
		instantNs: index => startNs + BigInt(index) * 1_000_000n,
		onDue() {
			calls++;
			if (calls === 3) {
				cancel();
			}
		},
		onEnd: () => t.fail(),
	});
	await new Promise<void>(resolve => {
		pacer.add({instantNs: () => undefined, onDue: () => t.fail(), onEnd: resolve});
	});
	await realClock.sleep(0.05);
	t.is(calls, 3);
});
