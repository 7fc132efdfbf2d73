import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {SimulatedDraw, Simulations} from '../testbed.ts';
import {PendingDraw} from './pending-draw.ts';
import {SimulationThread} from './simulation-thread.ts';

type Job = {
	readonly scenario: Scenario;
	readonly seed: number;
	readonly signal: AbortSignal;
	readonly draw: PendingDraw;
};

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

	begin(job: Omit<Job, 'draw'>): SimulatedDraw {
		const draw = new PendingDraw();
		this.#waiting.push({...job, draw});
		this.#assign();
		return draw;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#waiting.length = 0;
		await Promise.all(this.#threads.map(thread => thread[Symbol.asyncDispose]()));
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
