import {availableParallelism} from 'node:os';
import {type Clock, realClock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import {CarrierProcess} from './carrier-process.ts';

type Entry = {readonly carrier: CarrierProcess; ready: boolean; sessionCount: number; cancelEnd: () => void};

/**
 * Carriers, as many as there are processors at most. A session stays in the one that it was opened in, and one
 * that has had none for some seconds is ended, so that who asks for a session soon after another need not wait for a process to start.
 */
class Carriers {
	readonly #clock: Clock;
	readonly #entries = new Set<Entry>();
	#keeperCount = 0;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/**
	 * Starts one when there is none, or when all are busy and a processor is left for one more. It is kept for some seconds: who
	 * asks whether a session can be had will want it soon.
	 */
	warm(): void {
		const leastBusy = this.#leastBusy();
		const another = leastBusy === undefined || (leastBusy.sessionCount > 0 && this.#entries.size < carriersMax);
		this.#endWhenIdle(another ? this.#start() : leastBusy);
	}

	/** Starts one when there is none, and keeps one until this is disposed of, so that a session never waits for a process to start. */
	keepOne(): Disposable {
		this.warm();
		this.#keeperCount++;
		let kept = true;
		return {
			[Symbol.dispose]: () => {
				this.#keeperCount -= Number(kept);
				kept = false;
			},
		};
	}

	/** The carrier for one more session, until it is given back. */
	async borrow(): Promise<{readonly carrier: CarrierProcess; readonly giveBack: () => void}> {
		const entry = this.#readiest() ?? this.#start();
		entry.sessionCount++;
		entry.cancelEnd();
		const giveBack = () => {
			entry.sessionCount--;
			this.#endWhenIdle(entry);
		};
		try {
			await entry.carrier.ready;
			return {carrier: entry.carrier, giveBack};
		} catch (error) {
			giveBack();
			throw error;
		}
	}

	/** Ends those without a session now, not some seconds later; one stays where somebody keeps it. */
	async endIdle(): Promise<void> {
		const idle = [...this.#entries].filter(({sessionCount}) => sessionCount === 0);
		// Asked one after the other: each that ends leaves one fewer to be kept.
		await Promise.all(idle.flatMap(entry => (this.#mayEnd(entry) ? [this.#end(entry)] : [])));
	}

	#leastBusy(): Entry | undefined {
		return [...this.#entries].sort((a, b) => a.sessionCount - b.sessionCount)[0];
	}

	/** One that starts is waited for only where none is ready. */
	#readiest(): Entry | undefined {
		return [...this.#entries].sort((a, b) => Number(b.ready) - Number(a.ready) || a.sessionCount - b.sessionCount)[0];
	}

	#start(): Entry {
		const entry: Entry = {carrier: new CarrierProcess(this.#clock), ready: false, sessionCount: 0, cancelEnd: () => {}};
		this.#entries.add(entry);
		entry.carrier.ready.then(
			() => {
				entry.ready = true;
			},
			// Who borrowed it is told.
			() => {},
		);
		void entry.carrier.over.then(() => this.#entries.delete(entry));
		return entry;
	}

	#endWhenIdle(entry: Entry): void {
		entry.cancelEnd();
		if (entry.sessionCount === 0) {
			entry.cancelEnd = this.#clock.every(idleSeconds, () => {
				if (this.#mayEnd(entry)) {
					void this.#end(entry);
				}
			});
		}
	}

	#mayEnd({sessionCount}: Entry): boolean {
		return sessionCount === 0 && (this.#keeperCount === 0 || this.#entries.size > 1);
	}

	async #end(entry: Entry): Promise<void> {
		entry.cancelEnd();
		this.#entries.delete(entry);
		await entry.carrier[Symbol.asyncDispose]();
	}
}

const carriersMax = availableParallelism();
/** Longer than the original user client waits between asking for a session and naming its targets. */
const idleSeconds: Seconds = 6;

/** Those of this process, shared by all data servers that it starts. */
export const carriers: Carriers = new Carriers(realClock);
