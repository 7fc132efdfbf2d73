import type {Seconds} from '#core/units.ts';
import type {Span} from '../drive/forks.ts';
import type {Engine, EventHandle} from './engine.ts';
import {priorities} from './priorities.ts';

/** The chunks of one stream at their planned instants: one every period, none at or after the end. */
export class Production {
	readonly #options;
	#next: EventHandle | undefined;
	#sequence = 0;
	#plannedSeconds: Seconds;
	readonly #onDue = () => this.#produce();

	constructor(options: {
		readonly engine: Engine;
		readonly span: Span;
		readonly everySeconds: Seconds;
		readonly produce: (sequence: number, plannedSeconds: Seconds) => void;
	}) {
		this.#options = options;
		this.#plannedSeconds = options.span.firstSeconds;
		this.#schedule();
	}

	stop(): void {
		if (this.#next !== undefined) {
			this.#options.engine.cancel(this.#next);
		}
		this.#next = undefined;
	}

	#produce(): void {
		this.#options.produce(this.#sequence, this.#plannedSeconds);
		this.#sequence++;
		this.#schedule();
	}

	#schedule(): void {
		const {engine, span, everySeconds} = this.#options;
		// From the first one, so that rounding does not add up.
		this.#plannedSeconds = span.firstSeconds + this.#sequence * everySeconds;
		this.#next =
			this.#plannedSeconds < span.endSeconds
				? engine.at(this.#plannedSeconds, priorities.production, this.#onDue)
				: undefined;
	}
}
