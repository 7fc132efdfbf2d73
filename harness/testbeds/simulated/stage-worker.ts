import {type StageOutput, stageOutputBytes} from '#core/scenario/stage-output.ts';
import type {Bytes, Ratio, Seconds} from '#core/units.ts';
import type {Chunk, Station} from './chunk.ts';
import {ChunkQueue} from './chunk-queue.ts';
import type {Engine, EventHandle} from './engine.ts';
import {priorities} from './priorities.ts';
import type {SiteLoad} from './site-load.ts';

/** The worker of one stage of one stream: holds every chunk for its service time, and then hands it on. */
export class StageWorker implements Station {
	readonly #options;
	/** The first of them is being served. */
	readonly #waiting = new ChunkQueue();
	readonly #onServed = () => this.#finish();
	#served: EventHandle | undefined;

	constructor(options: {
		readonly engine: Engine;
		readonly site: SiteLoad;
		readonly serviceSeconds: Seconds;
		/** Of a stage that reduces: the share of both sides of the raw image that it leaves at most, asked when its service ends. */
		readonly reduceTo: (() => Ratio) | undefined;
		/** Without it, the image at the chunk's resolution. */
		readonly output: StageOutput | undefined;
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
		while (this.#waiting.first) {
			site.give(this.#waiting.shift().bytes);
		}
	}

	#serve(): void {
		const {engine, serviceSeconds} = this.#options;
		this.#served = engine.at(engine.nowSeconds + serviceSeconds, priorities.movement, this.#onServed);
	}

	#finish(): void {
		const {site, reduceTo, output, next} = this.#options;
		const chunk = this.#waiting.shift();
		if (this.#waiting.first) {
			this.#serve();
		} else {
			this.#served = undefined;
			site.workersBusy--;
		}
		if (reduceTo) {
			chunk.resolutionRatio = Math.min(chunk.resolutionRatio, reduceTo());
		}
		if (reduceTo || output) {
			site.give(chunk.bytes);
			chunk.bytes = outputBytes(chunk, output);
			site.take(chunk.bytes);
		}
		next(chunk);
	}
}

/** Both sides of the image are shorter by its resolution. */
function outputBytes({rawBytes, resolutionRatio}: Chunk, output: StageOutput | undefined): Bytes {
	const imageBytes = rawBytes * (resolutionRatio * resolutionRatio);
	return output ? stageOutputBytes(output, {imageBytes}) : imageBytes;
}
