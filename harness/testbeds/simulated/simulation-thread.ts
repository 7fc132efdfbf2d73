import {Worker} from 'node:worker_threads';
import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {CollectedDraw, VariantEnd} from '../testbed.ts';
import type {PendingDraw} from './pending-draw.ts';
import type {Keeping, ThreadCommand, ThreadEvent, TravellingEnd} from './thread-messages.ts';

/** All that a thread runs by itself; the rest is in the module that it is given. */
const bootstrap = `
	const {workerData} = require('node:worker_threads');
	void import(workerData.moduleUrl).then(({simulationWorker}) => simulationWorker.serve());
`;

/** One worker thread, which simulates one draw at a time. Disposing of it ends it, also in the middle of a draw. */
export class SimulationThread implements AsyncDisposable {
	readonly #worker: Worker;
	readonly #gone = Promise.withResolvers<never>();

	constructor(moduleUrl: string) {
		this.#worker = new Worker(bootstrap, {eval: true, workerData: {moduleUrl}});
		this.#gone.promise.catch(() => {});
		this.#worker.on('error', error => this.#gone.reject(error));
		this.#worker.on('exit', code => this.#gone.reject(new Error(`a simulation thread ended with ${code}`)));
	}

	/** Gives the draw its lines as they come; resolves with its end. Rejects when the thread ends before. */
	async simulate({
		scenario,
		seed,
		keeping,
		signal,
		draw,
	}: {
		readonly scenario: Scenario;
		readonly seed: number;
		readonly keeping: Keeping;
		readonly signal: AbortSignal;
		readonly draw: PendingDraw;
	}): Promise<CollectedDraw> {
		const ended = Promise.withResolvers<CollectedDraw>();
		const hear = (event: ThreadEvent) => {
			switch (event.kind) {
				case 'lines':
					draw.put(event.lines);
					break;
				case 'ended':
					ended.resolve({end: arrived(event.end), collected: event.collected});
					break;
				default:
					event satisfies never;
			}
		};
		const abort = () => this.#tell({kind: 'abort'});
		this.#worker.on('message', hear);
		signal.addEventListener('abort', abort);
		try {
			this.#tell({kind: 'simulate', scenario, seed, keeping, pendingBatchCount: draw.pendingBatchCount});
			if (signal.aborted) {
				abort();
			}
			return await Promise.race([ended.promise, this.#gone.promise]);
		} finally {
			signal.removeEventListener('abort', abort);
			this.#worker.off('message', hear);
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#worker.terminate();
	}

	#tell(command: ThreadCommand): void {
		this.#worker.postMessage(command);
	}
}

function arrived({failure, ...end}: TravellingEnd): VariantEnd {
	if (!failure) {
		return end;
	}
	const {code, message, hint} = failure;
	return {...end, failure: new StreambedError(code, message, hint === undefined ? {} : {hint})};
}
