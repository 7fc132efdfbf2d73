import assert from 'node:assert/strict';
import {fileURLToPath} from 'node:url';
import {MessageChannel} from 'node:worker_threads';
import {Piscina} from 'piscina';
import type {CollectedDraw, SimulatedDraw, SimulationOrder, Simulations} from '../testbed.ts';
import {PendingDraw} from './pending-draw.ts';
import type {simulationWorker} from './simulation-worker.ts';
import type {Keeping, SimulationTask, ThreadEvent} from './thread-messages.ts';
import {arrived} from './travelling-end.ts';

/** The draw that a thread simulates, and the one that it begins then: to ask for it would leave the thread idle for a millisecond. */
const drawsPerThread = 2;

/** A pool of worker threads: each simulates one draw at a time, and another that was asked for as soon as it is free. */
export class SimulationThreads implements Simulations {
	readonly #pool: Piscina<SimulationTask, void>;

	static async open({threadCount}: {readonly threadCount: number}): Promise<SimulationThreads> {
		const worker = await import('./simulation-worker.ts');
		return new SimulationThreads(worker.simulationWorker, threadCount);
	}

	private constructor({url, task}: typeof simulationWorker, threadCount: number) {
		assert(threadCount >= 1);
		this.#pool = new Piscina({
			filename: fileURLToPath(url),
			name: task,
			minThreads: threadCount,
			maxThreads: threadCount,
			recordTiming: false,
			concurrentTasksPerWorker: drawsPerThread,
		});
	}

	begin({variant, repeat, ...order}: Parameters<Simulations['begin']>[0]): SimulatedDraw {
		return this.#enqueue(order, {kind: 'lines', variant, repeat});
	}

	async collect({collectorUrl, ...order}: Parameters<Simulations['collect']>[0]): Promise<CollectedDraw> {
		return await this.#enqueue(order, {kind: 'collect', collectorUrl}).ended;
	}

	/** Ends what is under way, also in the middle of a draw, and what waits. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.#pool.destroy();
	}

	#enqueue(order: SimulationOrder, keeping: Keeping): PendingDraw {
		const draw = new PendingDraw();
		// What goes wrong in a thread is a mistake of ours, and the run that this draw belongs to ends with it.
		void this.#simulate({...order, keeping}, draw).then(
			end => draw.end(end),
			error => draw.fail(error),
		);
		return draw;
	}

	/** Gives the draw its lines as they come; resolves with its end. */
	async #simulate(
		{scenario, seed, keeping, signal}: SimulationOrder & {readonly keeping: Keeping},
		draw: PendingDraw,
	): Promise<CollectedDraw> {
		const {port1: near, port2: far} = new MessageChannel();
		const ended = Promise.withResolvers<CollectedDraw>();
		const abort = () => near.postMessage('abort');
		near.on('message', (event: ThreadEvent) => {
			switch (event.kind) {
				case 'lines':
					draw.put(event.lines);
					break;
				case 'ended':
					ended.resolve({end: arrived(event.end), collected: event.collected, countByKind: event.countByKind});
					break;
				default:
					event satisfies never;
			}
		});
		signal.addEventListener('abort', abort);
		if (signal.aborted) {
			abort();
		}
		try {
			const {pendingBatchCount} = draw;
			await this.#pool.run({scenario, seed, keeping, pendingBatchCount, port: far}, {transferList: [far]});
			return await ended.promise;
		} finally {
			signal.removeEventListener('abort', abort);
			near.close();
		}
	}
}
