import type {Clock} from '#core/clock.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {type StageWork, stageWorks} from '#core/scenario/stage-works.ts';
import type {Bytes, Ms, Ratio} from '#core/units.ts';
import {doStageWork} from '#proxies/stages/do-stage-work.ts';
import {StageThreads} from '#proxies/stages/stage-threads.ts';
import type {Chunk} from '#proxies/transports/chunk.ts';
import type {Frame} from '#workload/frames/frame.ts';
import {makeFrames} from '#workload/frames/frames.ts';

/** What one stage took and gave out at one resolution, over all frames. */
type AtResolution = {
	readonly resolutionRatio: Ratio;
	readonly workMsP50: Ms;
	readonly workMsP95: Ms;
	/** Mean size of what came out, and that size as a share of the image at this resolution. */
	readonly bytes: Bytes;
	readonly ratio: Ratio;
};

export type MeasuredStage = {
	readonly name: StageWork;
	/** What the scenario holds a worker for: the 95th percentile at full resolution, in whole milliseconds, rounded up. */
	readonly serviceMsP95: Ms;
	/** At full resolution. */
	readonly output: {readonly bytes: Bytes; readonly ratio: Ratio};
	readonly resolutions: readonly AtResolution[];
};

type Sample = {readonly workMs: Ms; readonly bytes: Bytes};

/**
 * Sends the scenario's own frames through the stages as a site does, one after the other, at the resolutions of its
 * requests. Each frame goes twice, and the second time counts: the first one warms.
 */
export async function measureStages({
	workload,
	seed,
	clock,
}: {
	readonly workload: Scenario['workload'];
	readonly seed: number;
	readonly clock: Clock;
}): Promise<readonly MeasuredStage[]> {
	const {folder: _, ...settings} = workload.frames;
	const frames = await makeFrames({frames: settings, chunkBytes: workload.chunk.bytes, seed});
	await using threads = await StageThreads.open({threadCount: 1});
	const measured = new Map<StageWork, AtResolution[]>(stageWorks.map(work => [work, []]));
	for (const {minimumResolutionRatio: resolutionRatio} of workload.requests) {
		const circumstances = {resolutionRatio, threads, clock};
		await sample(frames, circumstances);
		const samples = await sample(frames, circumstances);
		const imageBytes = workload.chunk.bytes * resolutionRatio ** 2;
		for (const [work, taken] of samples) {
			measured.get(work)?.push({resolutionRatio, ...summary(taken, imageBytes)});
		}
	}
	return [...measured].map(([name, all]) => stageOf(name, all));
}

async function sample(
	frames: readonly Frame[],
	{
		resolutionRatio,
		threads,
		clock,
	}: {readonly resolutionRatio: Ratio; readonly threads: StageThreads; readonly clock: Clock},
): Promise<ReadonlyMap<StageWork, readonly Sample[]>> {
	const samples = new Map<StageWork, Sample[]>(stageWorks.map(work => [work, []]));
	for (const frame of frames) {
		let chunk = asChunk(frame);
		for (const work of stageWorks) {
			const beganNs = clock.nowNs();
			chunk = await doStageWork(work, chunk, {resolutionRatio, threads});
			const workMs = Number(clock.nowNs() - beganNs) / 1e6;
			samples.get(work)?.push({workMs, bytes: chunk.content.length});
		}
	}
	return samples;
}

function stageOf(name: StageWork, resolutions: readonly AtResolution[]): MeasuredStage {
	const full = resolutions.find(({resolutionRatio}) => resolutionRatio === 1);
	if (!full) {
		throw new Error('full resolution was not measured');
	}
	const {bytes, ratio} = full;
	return {name, serviceMsP95: Math.ceil(full.workMsP95), output: {bytes: Math.ceil(bytes), ratio}, resolutions};
}

function summary(samples: readonly Sample[], imageBytes: Bytes): Omit<AtResolution, 'resolutionRatio'> {
	const sorted = samples.map(({workMs}) => workMs).toSorted((a, b) => a - b);
	const percentile = (share: number) =>
		Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toPrecision(4));
	const bytes = samples.reduce((sum, one) => sum + one.bytes, 0) / samples.length;
	return {
		workMsP50: percentile(0.5),
		workMsP95: percentile(0.95),
		bytes: Math.round(bytes),
		ratio: Number((bytes / imageBytes).toPrecision(5)),
	};
}

/** As it leaves its producer. */
function asChunk(frame: Frame): Chunk {
	return {...frame, streamIndex: 0, sequence: 0, resolutionRatio: 1, plannedSeconds: 0, sentSeconds: 0};
}
