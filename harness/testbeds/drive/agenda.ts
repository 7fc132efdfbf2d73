import type {Clock, ScenarioTime} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';

/** What is still to happen in a variant; all of it is called off when the variant ends. */
export class Agenda {
	readonly #clock: Clock;
	readonly #time: ScenarioTime;
	readonly #onError: (error: unknown) => void;
	readonly #cancels: Array<() => void> = [];

	constructor(options: {
		readonly clock: Clock;
		readonly time: ScenarioTime;
		/** A step failed. */
		readonly onError: (error: unknown) => void;
	}) {
		this.#clock = options.clock;
		this.#time = options.time;
		this.#onError = options.onError;
	}

	/** Runs a step at a scenario second. */
	at(scenarioSeconds: Seconds, step: () => void | Promise<void>): void {
		const delaySeconds = Number(this.#time.instantNs(scenarioSeconds) - this.#clock.nowNs()) / 1e9;
		const run = async () => {
			await step();
		};
		this.#cancels.push(this.#clock.after(delaySeconds, () => void run().catch(this.#onError)));
	}

	/** Runs a step every so many real seconds. */
	every(seconds: Seconds, step: () => void): void {
		this.#cancels.push(this.#clock.every(seconds, step));
	}

	/** Called with the rest when all is called off. */
	defer(cancel: () => void): void {
		this.#cancels.push(cancel);
	}

	callOff(): void {
		for (const cancel of this.#cancels.splice(0)) {
			cancel();
		}
	}
}
