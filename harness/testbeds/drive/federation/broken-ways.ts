import type {Clock} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {failedError} from '../drive-errors.ts';

/** One program's connection of one stream. */
export type BrokenWay = Extract<NodeEvent, {kind: 'stream-broken'}> & {readonly site: string};

/**
 * A neighbour may notice that a broker has gone before the program that keeps it says so: by so much, real time. Where a loss ends
 * the run, that program knows better why, too.
 */
const explanationLimitSeconds: Seconds = 3;

/** Ways of streams that broke: which of them the loss of a site explains, and which one ends the run. */
export class BrokenWays {
	readonly #clock: Pick<Clock, 'after'>;
	readonly #isExplained: (way: BrokenWay) => boolean;
	readonly #onUnexplained: (error: StreambedError) => void;
	/** What has no explanation yet, and how to stop waiting for one. */
	readonly #pending = new Map<BrokenWay, () => void>();

	constructor(options: {
		readonly clock: Pick<Clock, 'after'>;
		/** Whether the way leads over a site that is lost by now. */
		readonly isExplained: (way: BrokenWay) => boolean;
		/** With NODE_LOST. */
		readonly onUnexplained: (error: StreambedError) => void;
	}) {
		this.#clock = options.clock;
		this.#isExplained = options.isExplained;
		this.#onUnexplained = options.onUnexplained;
	}

	hear(way: BrokenWay): void {
		if (this.#isExplained(way)) {
			return;
		}
		const cancel = this.#clock.after(explanationLimitSeconds, () => {
			this.#pending.delete(way);
			if (!this.#isExplained(way)) {
				this.#onUnexplained(errorOf(way));
			}
		});
		this.#pending.set(way, cancel);
	}

	/** Waits no longer. Returns the error of the first way that nothing has explained. */
	close(): StreambedError | undefined {
		let error: StreambedError | undefined;
		for (const [way, cancel] of this.#pending) {
			cancel();
			error ??= this.#isExplained(way) ? undefined : errorOf(way);
		}
		this.#pending.clear();
		return error;
	}
}

const errorOf = (way: BrokenWay): StreambedError => failedError(way.site, way);
