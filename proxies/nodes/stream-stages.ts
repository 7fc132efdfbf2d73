import type {Clock} from '#core/clock.ts';
import type {SiteSetup, StreamPlan} from '#core/control/messages.ts';
import type {BitsPerSecond, Ratio} from '#core/units.ts';
import {downscale} from '../stages/downscale.ts';
import type {BufferBudget} from '../transports/buffer-budget.ts';
import type {Chunk} from '../transports/chunk.ts';
import {ChunkSender} from '../transports/chunk-sender.ts';
import {isIntact} from '../transports/content-hash.ts';
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
			for (const {worker, serviceSeconds, first} of this.#stages) {
				readyNs = await worker.serve({
					readyNs,
					serviceSeconds: serviceSeconds * this.#options.setup.timeScale,
					...(first && {
						work: async () => {
							chunk = await this.#reduce(chunk);
						},
					}),
					signal: this.#closing.signal,
				});
			}
		} catch (error) {
			budget.release(chunk.content.length);
			throw error;
		}
		this.#sender.enqueue({chunk: () => chunk, onGone: () => budget.release(chunk.content.length)});
	}

	async #reduce(chunk: Chunk): Promise<Chunk> {
		const {budget, imageWork, setup} = this.#options;
		const reduced = await imageWork.run(() =>
			downscale(chunk, {resolutionRatio: this.#resolutionRatio, jpegQuality: setup.frames.jpegQuality}),
		);
		budget.take(reduced.content.length);
		budget.release(chunk.content.length);
		return reduced;
	}
}
