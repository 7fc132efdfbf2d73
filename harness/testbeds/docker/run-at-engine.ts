import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Engine} from './engine.ts';
import {ReaperProcess} from './reaper-process.ts';
import {removeLabelled} from './remove-labelled.ts';
import {runLabels} from './run-labels.ts';

/** What one variant has at the engine, whatever it is: disposing of it removes all that carries its label, and what is still being made. */
export class RunAtEngine implements AsyncDisposable {
	readonly #engine: Engine;
	readonly #label: string;
	readonly #clock: Clock;
	/** Starts before anything is made, and removes all of it when this process is gone. */
	readonly #reaper: ReaperProcess;
	readonly #making = new Set<Promise<unknown>>();

	constructor({engine, label, clock}: {readonly engine: Engine; readonly label: string; readonly clock: Clock}) {
		this.#engine = engine;
		this.#label = label;
		this.#clock = clock;
		this.#reaper = new ReaperProcess(label);
	}

	/** Waits for something that makes things at the engine; it is waited for in the end, too. */
	async make<Result>(making: Promise<Result>): Promise<Result> {
		this.#making.add(making);
		try {
			return await making;
		} finally {
			this.#making.delete(making);
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		try {
			await this.#remove();
			if (this.#making.size > 0) {
				await Promise.allSettled(this.#making);
				await this.#remove();
			}
			this.#reaper.dismiss();
		} catch (error) {
			this.#reaper.release();
			// An engine that is gone has been reported; the reaper waits for its return.
			if (!(error instanceof StreambedError && error.code === 'ENGINE_UNREACHABLE')) {
				throw error;
			}
		}
	}

	#remove() {
		return removeLabelled({engine: this.#engine, label: `${runLabels.run}=${this.#label}`, clock: this.#clock});
	}
}
