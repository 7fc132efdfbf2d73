import assert from 'node:assert/strict';
import type {Clock, ScenarioTime} from '#core/clock.ts';
import type {NodeEvent, StreamPlan} from '#core/control/messages.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {BufferBudget} from '#proxies/transports/buffer-budget.ts';
import type {ChunkSender} from '#proxies/transports/chunk-sender.ts';
import type {Frame} from './frames/frame.ts';
import {frameIndexOf} from './frames/frame-identity.ts';
import type {OpenLoopPacer} from './open-loop-pacer.ts';

type ProducerStreamOptions = {
	readonly plan: StreamPlan;
	/** Where it begins: 0, or where it was closed before. */
	readonly firstSequence: number;
	readonly frames: readonly Frame[];
	readonly clock: Clock;
	readonly time: ScenarioTime;
	readonly pacer: OpenLoopPacer;
	readonly sender: ChunkSender;
	readonly budget: BufferBudget;
	readonly say: (event: NodeEvent) => void;
};

/**
 * One stream as its instrument sends it. Chunks are queued at their planned instants whether or not the link has taken the
 * ones before: an instrument does not wait.
 */
export class ProducerStream implements AsyncDisposable {
	readonly #options: ProducerStreamOptions;
	readonly #cancelPlan: () => void;
	#sentCount = 0;
	#queuedCount = 0;
	#isPlanOver = false;
	#isClosed = false;

	constructor(options: ProducerStreamOptions) {
		const {plan, firstSequence, time, pacer} = options;
		assert(plan.sends, `the producer of ${plan.stream} was given no plan of sends`);
		const {endSeconds} = plan.sends;
		this.#options = options;
		this.#cancelPlan = pacer.add({
			instantNs: index => {
				const plannedSeconds = this.#plannedSeconds(firstSequence + index);
				return plannedSeconds < endSeconds ? time.instantNs(plannedSeconds) : undefined;
			},
			onDue: index => this.#queue(firstSequence + index),
			onEnd: () => this.#endPlan(),
		});
	}

	/** The first chunk of which nothing has left. */
	get nextSequence(): number {
		return this.#options.firstSequence + this.#sentCount;
	}

	setRate(bitsPerSecond: BitsPerSecond): void {
		this.#options.sender.setRate(bitsPerSecond);
	}

	/** Nothing more is planned; what is queued is still sent. */
	end(): void {
		this.#cancelPlan();
		this.#endPlan();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isClosed = true;
		this.#cancelPlan();
		await this.#options.sender[Symbol.asyncDispose]();
	}

	#plannedSeconds(sequence: number): Seconds {
		const {firstPlannedSeconds = 0, everySeconds = 0} = this.#options.plan.sends ?? {};
		return firstPlannedSeconds + sequence * everySeconds;
	}

	#queue(sequence: number): void {
		const {plan, frames, clock, time, sender, budget, say} = this.#options;
		const {stream, streamIndex} = plan;
		const frame = frames[frameIndexOf({sequence, streamIndex, frameCount: frames.length})] as Frame;
		const bytes = frame.content.length;
		const readySeconds = time.secondsAt(clock.nowNs());
		budget.take(bytes);
		this.#queuedCount++;
		sender.enqueue({
			chunk: () => {
				const plannedSeconds = this.#plannedSeconds(sequence);
				const sentSeconds = time.secondsAt(clock.nowNs());
				this.#sentCount++;
				say({kind: 'chunk-produced', stream, sequence, plannedSeconds, readySeconds, sentSeconds, bytes});
				return {...frame, streamIndex, sequence, resolutionRatio: 1, plannedSeconds, sentSeconds};
			},
			onGone: () => {
				budget.release(bytes);
				this.#queuedCount--;
				this.#sayWhenSent();
			},
		});
	}

	#endPlan(): void {
		if (!this.#isPlanOver) {
			this.#isPlanOver = true;
			this.#sayWhenSent();
		}
	}

	#sayWhenSent(): void {
		if (this.#isPlanOver && this.#queuedCount === 0 && !this.#isClosed) {
			this.#options.say({kind: 'stream-sent', stream: this.#options.plan.stream, count: this.#sentCount});
		}
	}
}
