import assert from 'node:assert/strict';
import {setImmediate as breathe} from 'node:timers/promises';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {EventHeap} from './event-heap.ts';
import type {Priority} from './priorities.ts';

/** Names one scheduled event for `cancel`; it names no other event, however often its slot is given on. */
export type EventHandle = number;

/** Names no event. */
export const noEvent: EventHandle = -1;

/** So many events are handled before the program looks at its signal. */
const eventsPerSlice = 20_000;

/** Handles come round again only after so many events through one slot. */
const generationCount = 2 ** 27;
const slotLimit = 2 ** 26;

/**
 * Virtual time: events happen in the order of (time, priority, sequence), where the sequence is the order in which they
 * were scheduled. An event lives in a slot; handled or cancelled, it gives the slot on, so that memory follows the greatest
 * number of events that were ever waiting at once and not how many there have been.
 */
export class Engine {
	readonly #eventCountMax: number;
	readonly #pendingCountMax: number;
	readonly #heap = new EventHeap();
	readonly #actions: Array<(() => void) | undefined> = [];
	readonly #generations: number[] = [];
	readonly #freeSlots: number[] = [];
	#nowSeconds: Seconds = 0;
	#handledCount = 0;
	#sequence = 0;
	#stopped = false;

	constructor(limits: {readonly eventCountMax: number; readonly pendingCountMax: number}) {
		assert(limits.pendingCountMax <= slotLimit);
		this.#eventCountMax = limits.eventCountMax;
		this.#pendingCountMax = limits.pendingCountMax;
	}

	get nowSeconds(): Seconds {
		return this.#nowSeconds;
	}

	get handledCount(): number {
		return this.#handledCount;
	}

	get pendingCount(): number {
		return this.#heap.size;
	}

	/** Schedules an event, now or later. Throws LIMIT_REACHED when too many are waiting. */
	at(seconds: Seconds, priority: Priority, action: () => void): EventHandle {
		assert(seconds >= this.#nowSeconds, 'an event lies in the past');
		const slot = this.#freeSlots.pop() ?? this.#newSlot();
		this.#actions[slot] = action;
		this.#heap.push(slot, seconds, priority, this.#sequence++);
		return (this.#generations[slot] as number) * slotLimit + slot;
	}

	/** Whether the event was still waiting; it will not happen. */
	cancel(handle: EventHandle): boolean {
		if (handle === noEvent) {
			return false;
		}
		const slot = handle % slotLimit;
		if (this.#generations[slot] !== (handle - slot) / slotLimit) {
			return false;
		}
		this.#heap.remove(slot);
		this.#free(slot);
		return true;
	}

	/** Nothing more happens after the event under way. */
	stop(): void {
		this.#stopped = true;
	}

	/**
	 * Lets everything happen, until nothing is left or `stop` was called.
	 *
	 * Rejects with the signal's reason when it is aborted, with LIMIT_REACHED after too many events, and with whatever an
	 * event throws.
	 */
	async run(signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		while (this.handle(eventsPerSlice)) {
			await breathe();
			signal.throwIfAborted();
		}
	}

	/** Handles at most so many events; whether there is more to do. */
	handle(eventCount: number): boolean {
		const heap = this.#heap;
		for (let count = 0; count < eventCount && heap.size > 0 && !this.#stopped; count++) {
			if (this.#handledCount === this.#eventCountMax) {
				throw new StreambedError(
					'LIMIT_REACHED',
					`the simulation handled ${this.#eventCountMax} events by ${this.#nowSeconds} s of scenario time, the most this scenario allows`,
					{hint: 'raise limits.eventCount in the scenario, or drive for less time'},
				);
			}
			this.#handledCount++;
			this.#nowSeconds = heap.firstSeconds;
			const slot = heap.pop();
			const action = this.#actions[slot];
			this.#free(slot);
			action?.();
		}
		return heap.size > 0 && !this.#stopped;
	}

	#newSlot(): number {
		const slot = this.#generations.length;
		if (slot === this.#pendingCountMax) {
			throw new StreambedError(
				'LIMIT_REACHED',
				`${slot} events of the simulation are waiting at ${this.#nowSeconds} s of scenario time, the most there can be`,
				{hint: 'ask for fewer requests at once'},
			);
		}
		this.#generations.push(0);
		this.#actions.push(undefined);
		return slot;
	}

	#free(slot: number): void {
		this.#actions[slot] = undefined;
		this.#generations[slot] = ((this.#generations[slot] as number) + 1) % generationCount;
		this.#freeSlots.push(slot);
	}
}
