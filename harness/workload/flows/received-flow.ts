import type {Clock, ScenarioTime} from '#core/clock.ts';
import type {NodeEvent, StreamPlan} from '#core/control/messages.ts';
import {type Flow, flowPlace} from './flow.ts';

type ReceivedFlowOptions = {
	readonly flow: Flow;
	readonly plan: StreamPlan;
	readonly time: ScenarioTime;
	readonly clock: Clock;
	readonly say: (event: NodeEvent) => void;
	readonly fail: (error: unknown) => void;
};

/** The consumer's end of a flow: it begins when the stream's first chunk would be sent, and ends with the stream. */
export class ReceivedFlow implements AsyncDisposable {
	readonly #leaving = new AbortController();
	readonly #receiving: Promise<void>;

	constructor(options: ReceivedFlowOptions) {
		this.#receiving = this.#receive(options).catch((error: unknown) => {
			if (!this.#leaving.signal.aborted) {
				options.fail(error);
			}
		});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#leaving.abort();
		await this.#receiving;
	}

	async #receive({flow, plan: {stream, source, receives}, time, clock, say}: ReceivedFlowOptions): Promise<void> {
		if (!source || !receives) {
			throw new Error(`the flow ${stream} has no source or no time`);
		}
		const {signal} = this.#leaving;
		const until = (seconds: number) => Number(time.instantNs(seconds) - clock.nowNs()) / 1e9;
		await clock.sleep(Math.max(0, until(receives.fromSeconds)), signal);
		const flowSeconds = until(receives.toSeconds) - endMarginSeconds;
		const result = await flow.receive({place: flowPlace(source.endpoint), flowSeconds, signal});
		say({kind: 'flow-ended', stream, ...result});
		say({kind: 'stream-sent', stream, count: 0});
	}
}

/** A program that measures takes a moment to begin and to end. Real time. */
const endMarginSeconds = 0.3;
