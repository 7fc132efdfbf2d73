import assert from 'node:assert/strict';
import type {Clock} from '#core/clock.ts';
import type {SiteSetup, StagePlan, StreamPlan} from '#core/control/messages.ts';
import {type StageOutput, stageOutputBytes} from '#core/scenario/stage-output.ts';
import type {BitsPerSecond, Bytes, Ratio} from '#core/units.ts';
import {doStageWork} from '../stages/do-stage-work.ts';
import {downscale} from '../stages/downscale.ts';
import {filler} from '../stages/filler.ts';
import type {StageThreads} from '../stages/stage-threads.ts';
import type {BufferBudget} from '../transports/buffer-budget.ts';
import type {Chunk} from '../transports/chunk.ts';
import {ChunkSender} from '../transports/chunk-sender.ts';
import {isIntact} from '../transports/content-hash.ts';
import {freeBuffer} from '../transports/free-buffer.ts';
import type {Sender} from '../transports/transport.ts';
import type {Turnstile} from './turnstile.ts';
import {WorkerSlot} from './worker-slot.ts';

type StreamStagesOptions = {
	readonly plan: StreamPlan;
	readonly setup: SiteSetup;
	readonly clock: Clock;
	readonly sender: Sender;
	readonly budget: BufferBudget;
	/** Shared by all streams of the site. */
	readonly imageWork: Turnstile;
	/** Shared, too; there when a stage of the stream does real work. */
	readonly threads: StageThreads | undefined;
	readonly onCorrupt: (chunk: Chunk) => void;
	readonly onError: (error: unknown) => void;
};

/** One stream at one site: whole chunks pass the stages that stand here, in order, and go on to the next site. */
export class StreamStages implements AsyncDisposable {
	readonly #options: StreamStagesOptions;
	readonly #stages: ReadonlyArray<StreamPlan['stages'][number] & {readonly worker: WorkerSlot}>;
	readonly #sender: ChunkSender;
	readonly #closing = new AbortController();
	#resolutionRatio: Ratio;

	constructor(options: StreamStagesOptions) {
		const {plan, setup, clock, sender, onError} = options;
		this.#options = options;
		this.#stages = plan.stages.map(stage => ({...stage, worker: new WorkerSlot(clock)}));
		this.#sender = new ChunkSender({
			sender,
			clock,
			sliceBytes: setup.sliceBytes,
			bitsPerSecond: plan.bitsPerSecond,
			onError,
		});
		this.#resolutionRatio = plan.resolutionRatio;
	}

	get streamIndex(): number {
		return this.#options.plan.streamIndex;
	}

	get workersBusy(): number {
		return this.#stages.filter(({worker}) => worker.isBusy).length;
	}

	setRate(bitsPerSecond: BitsPerSecond): void {
		this.#sender.setRate(bitsPerSecond);
	}

	/** Holds for every chunk whose first stage has not ended. */
	setResolution(resolutionRatio: Ratio): void {
		this.#resolutionRatio = resolutionRatio;
	}

	/** Takes a whole chunk, whose bytes are taken from the budget, all the way to the next link. */
	accept(chunk: Chunk): void {
		this.#pass(chunk).catch((error: unknown) => {
			if (!this.#closing.signal.aborted) {
				this.#options.onError(error);
			}
		});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#closing.abort();
		await this.#sender[Symbol.asyncDispose]();
	}

	async #pass(arrived: Chunk): Promise<void> {
		const {budget, clock, onCorrupt} = this.#options;
		let readyNs = clock.nowNs();
		let chunk = arrived;
		try {
			if (this.#stages.length > 0 && !isIntact(chunk)) {
				budget.release(chunk.content.length);
				onCorrupt(chunk);
				return;
			}
			for (const {worker, ...stage} of this.#stages) {
				const change = this.#changeOf(stage);
				readyNs = await worker.serve({
					readyNs,
					serviceSeconds: stage.serviceSeconds * this.#options.setup.timeScale,
					...(change && {
						work: async () => {
							chunk = this.#exchanged(chunk, await change(chunk));
						},
					}),
					atOnce: !stage.first,
					signal: this.#closing.signal,
				});
			}
		} catch (error) {
			budget.release(chunk.content.length);
			throw error;
		}
		this.#sender.enqueue({chunk: () => chunk, onGone: () => budget.release(chunk.content.length)});
	}

	/** What a stage makes of a chunk; `undefined` for one that only takes its time. */
	#changeOf({first, work, output}: StagePlan): ((chunk: Chunk) => Promise<Chunk>) | undefined {
		const {imageWork, threads} = this.#options;
		if (work) {
			assert(threads, `the threads for ${work} were not opened`);
			return chunk => imageWork.run(() => doStageWork(work, chunk, {resolutionRatio: this.#resolutionRatio, threads}));
		}
		if (!first && !output) {
			return undefined;
		}
		return async chunk => {
			const image = first ? await this.#reduced(chunk) : chunk;
			return output ? filler(image, {bytes: this.#outputBytes(output, image)}) : image;
		};
	}

	/** Real bytes: as the model has them, whatever the image compressed to. */
	#outputBytes(output: StageOutput, {resolutionRatio}: Chunk): Bytes {
		const {chunkBytes, timeScale} = this.#options.setup;
		const imageBytes = (chunkBytes / timeScale) * resolutionRatio ** 2;
		return stageOutputBytes(output, {imageBytes}) * timeScale;
	}

	#reduced(chunk: Chunk): Promise<Chunk> {
		const {imageWork, setup} = this.#options;
		return imageWork.run(() =>
			downscale(chunk, {resolutionRatio: this.#resolutionRatio, jpegQuality: setup.frames.jpegQuality}),
		);
	}

	#exchanged(old: Chunk, fresh: Chunk): Chunk {
		const {budget} = this.#options;
		budget.take(fresh.content.length);
		budget.release(old.content.length);
		if (fresh.content.buffer !== old.content.buffer) {
			freeBuffer(old.content);
		}
		return fresh;
	}
}
