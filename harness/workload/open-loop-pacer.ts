import {clearImmediate, setImmediate} from 'node:timers';
import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';

/** Instants fixed beforehand, and what happens at each. */
export type PlannedSeries = {
	/** The instant of the n-th, never before the one before it; `undefined` when there is no n-th. */
	readonly instantNs: (index: number) => MonotonicNs | undefined;
	/** Called at each planned instant or, when the process was late, as soon after as it can be. */
	readonly onDue: (index: number, latenessSeconds: Seconds) => void;
	/** Called once, after the last instant; not when the series is cancelled. */
	readonly onEnd?: () => void;
};

/** A timer is late by about this much; the rest is spent turning the event loop over. */
const spinNs = 2_000_000n;

/**
 * Calls back at planned instants, open-loop: the plan never moves because something is late. What is overdue is called back
 * at once, all of it, with its lateness.
 */
export class OpenLoopPacer implements Disposable {
	readonly #clock: Clock;
	readonly #series = new Set<Cursor>();
	#cancelWait: () => void = () => {};

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** The returned function cancels what has not been called back yet. */
	add(series: PlannedSeries): () => void {
		const cursor = {series, index: 0, dueNs: series.instantNs(0)};
		this.#series.add(cursor);
		this.#wait();
		return () => {
			this.#series.delete(cursor);
		};
	}

	[Symbol.dispose](): void {
		this.#series.clear();
		this.#cancelWait();
	}

	#wait(): void {
		this.#cancelWait();
		let nextNs: MonotonicNs | undefined;
		for (const {dueNs} of this.#series) {
			// A series without a first instant ends at once.
			const wantedNs = dueNs ?? 0n;
			nextNs = nextNs === undefined || wantedNs < nextNs ? wantedNs : nextNs;
		}
		if (nextNs === undefined) {
			this.#cancelWait = () => {};
			return;
		}
		const aheadNs = nextNs - this.#clock.nowNs();
		if (aheadNs > spinNs) {
			this.#cancelWait = this.#clock.after(Number(aheadNs - spinNs) / 1e9, () => this.#wait());
		} else {
			const turn = setImmediate(() => this.#callBack());
			this.#cancelWait = () => clearImmediate(turn);
		}
	}

	#callBack(): void {
		for (const cursor of this.#series) {
			this.#callBackOverdue(cursor);
		}
		this.#wait();
	}

	#callBackOverdue(cursor: Cursor): void {
		const {series} = cursor;
		while (cursor.dueNs !== undefined && this.#series.has(cursor)) {
			const latenessNs = this.#clock.nowNs() - cursor.dueNs;
			if (latenessNs < 0n) {
				return;
			}
			series.onDue(cursor.index, Number(latenessNs) / 1e9);
			cursor.index++;
			cursor.dueNs = series.instantNs(cursor.index);
		}
		if (this.#series.delete(cursor)) {
			series.onEnd?.();
		}
	}
}

type Cursor = {readonly series: PlannedSeries; index: number; dueNs: MonotonicNs | undefined};
