import assert from 'node:assert/strict';
import type {CollectedDraw, SimulatedDraw, SimulationOrder, Simulations} from '../testbed.ts';
import {PendingDraw} from './pending-draw.ts';
import {SimulationThread} from './simulation-thread.ts';
import type {Keeping} from './thread-messages.ts';

type Job = SimulationOrder & {readonly keeping: Keeping; readonly draw: PendingDraw};

/** Worker threads that simulate draws: each one draw at a time, and the next as soon as it is free. */
export class SimulationThreads implements Simulations {
	readonly #moduleUrl: string;
	readonly #threadCountMax: number;
	readonly #threads: SimulationThread[] = [];
	readonly #idle: SimulationThread[] = [];
	readonly #waiting: Job[] = [];

	static async open({threadCount}: {readonly threadCount: number}): Promise<SimulationThreads> {
		const {simulationWorker} = await import('./simulation-worker.ts');
		return new SimulationThreads({moduleUrl: simulationWorker.url, threadCountMax: threadCount});
	}

	private constructor({moduleUrl, threadCountMax}: {readonly moduleUrl: string; readonly threadCountMax: number}) {
		assert(threadCountMax >= 1);
		this.#moduleUrl = moduleUrl;
		this.#threadCountMax = threadCountMax;
	}

	begin({variant, repeat, ...order}: Parameters<Simulations['begin']>[0]): SimulatedDraw {
		return this.#enqueue(order, {kind: 'lines', variant, repeat});
	}

	async collect({collectorUrl, ...order}: Parameters<Simulations['collect']>[0]): Promise<CollectedDraw> {
		return await this.#enqueue(order, {kind: 'collect', collectorUrl}).ended;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#waiting.length = 0;
		await Promise.all(this.#threads.map(thread => thread[Symbol.asyncDispose]()));
	}

	#enqueue(order: SimulationOrder, keeping: Keeping): PendingDraw {
		const draw = new PendingDraw();
		this.#waiting.push({...order, keeping, draw});
		this.#assign();
		return draw;
	}

	#assign(): void {
		while (this.#waiting.length > 0) {
			const thread = this.#idle.pop() ?? this.#startThread();
			const job = thread && this.#waiting.shift();
			if (!job) {
				return;
			}
			void this.#simulate(thread, job);
		}
	}

	#startThread(): SimulationThread | undefined {
		if (this.#threads.length === this.#threadCountMax) {
			return undefined;
		}
		const thread = new SimulationThread(this.#moduleUrl);
		this.#threads.push(thread);
		return thread;
	}

	async #simulate(thread: SimulationThread, {draw, ...job}: Job): Promise<void> {
		try {
			draw.end(await thread.simulate({...job, draw}));
			this.#idle.push(thread);
			this.#assign();
		} catch (error) {
			// The thread is gone; so is the run that this draw belongs to.
			draw.fail(error);
		}
	}
}
