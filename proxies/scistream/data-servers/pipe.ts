import type {Socket} from 'node:net';
import type {Clock} from '#core/clock.ts';
import type {Bytes} from '#core/units.ts';
import type {RateLimit} from './rate-limit.ts';

/**
 * One direction of a connection. It holds what one read brought and no more: while the other side does not take it, or the
 * rate does not allow it, nothing is read, and the sender feels it through TCP.
 */
export class Pipe {
	readonly #sink: Socket;
	readonly #resume: () => void;
	readonly #limit: RateLimit | undefined;
	readonly #clock: Clock;
	#writing = false;
	#waiting = false;
	#cancelTimer = () => {};
	bytes: Bytes = 0;

	constructor({
		sink,
		resume,
		limit,
		clock,
	}: {
		readonly sink: Socket;
		/** Reads on, after `carry` has answered no. */
		readonly resume: () => void;
		readonly limit: RateLimit | undefined;
		readonly clock: Clock;
	}) {
		this.#sink = sink;
		this.#resume = resume;
		this.#limit = limit;
		this.#clock = clock;
	}

	/** Hands on what was read; answers whether there may be more at once. Until then the chunk must not be written to. */
	carry(chunk: Uint8Array): boolean {
		this.bytes += chunk.length;
		this.#sink.write(chunk, this.#onWritten);
		// What the kernel took whole is no longer counted here, even though its callback has yet to come.
		const takenWhole = this.#sink.writableLength === 0;
		const waitSeconds = this.#limit?.take(chunk.length) ?? 0;
		this.#writing = !takenWhole;
		this.#waiting = waitSeconds > 0;
		if (this.#waiting) {
			this.#cancelTimer = this.#clock.after(waitSeconds, this.#onWaited);
		}
		return !this.#writing && !this.#waiting;
	}

	/** Nothing more will be carried. */
	stop(): void {
		this.#cancelTimer();
	}

	readonly #onWritten = (error?: Error | null): void => {
		if (!error && this.#writing && this.#sink.writableLength === 0) {
			this.#writing = false;
			this.#resumeUnlessBusy();
		}
	};

	readonly #onWaited = (): void => {
		this.#waiting = false;
		this.#resumeUnlessBusy();
	};

	#resumeUnlessBusy(): void {
		if (!this.#writing && !this.#waiting) {
			this.#resume();
		}
	}
}
