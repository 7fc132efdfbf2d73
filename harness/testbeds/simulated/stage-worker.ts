import assert from 'node:assert/strict';
import type {Ratio, Seconds} from '#core/units.ts';
import type {Chunk, Station} from './chunk.ts';
import type {Engine, EventHandle} from './engine.ts';
import {priorities} from './priorities.ts';
import type {SiteLoad} from './site-load.ts';

/** The worker of one stage of one stream: holds every chunk for its service time, and then hands it on. */
export class StageWorker implements Station {
	readonly #options;
	/** The first of them is being served. */
	readonly #waiting: Chunk[] = [];
	readonly #onServed = () => this.#finish();
	#served: EventHandle | undefined;

	constructor(options: {
		readonly engine: Engine;
		readonly site: SiteLoad;
		readonly serviceSeconds: Seconds;
		/** Of the first stage: the share of both sides of the image to which it reduces, asked when its service ends. */
		readonly reduceTo: (() => Ratio) | undefined;
		readonly next: (chunk: Chunk) => void;
	}) {
		this.#options = options;
	}

	accept(chunk: Chunk): void {
		this.#waiting.push(chunk);
		if (this.#served === undefined) {
			this.#options.site.workersBusy++;
			this.#serve();
		}
	}

	close(): void {
		const {engine, site} = this.#options;
		if (this.#served !== undefined) {
			engine.cancel(this.#served);
			this.#served = undefined;
			site.workersBusy--;
		}
		for (const {bytes} of this.#waiting.splice(0)) {
			site.give(bytes);
		}
	}

	#serve(): void {
		const {engine, serviceSeconds} = this.#options;
		this.#served = engine.at(engine.nowSeconds + serviceSeconds, priorities.movement, this.#onServed);
	}

	#finish(): void {
		const {site, reduceTo, next} = this.#options;
		const chunk = this.#waiting.shift();
		assert(chunk);
		if (this.#waiting.length > 0) {
			this.#serve();
		} else {
			this.#served = undefined;
			site.workersBusy--;
		}
		if (reduceTo) {
			reduce(chunk, {ratio: reduceTo(), site});
		}
		next(chunk);
	}
}

/** Both sides of the image become shorter by the ratio. */
function reduce(chunk: Chunk, {ratio, site}: {readonly ratio: Ratio; readonly site: SiteLoad}): void {
	site.give(chunk.bytes);
	chunk.bytes *= ratio * ratio;
	chunk.resolutionRatio = ratio;
	site.take(chunk.bytes);
}
