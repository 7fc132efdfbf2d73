import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Ms, Seconds} from '#core/units.ts';
import type {ClockEstimate} from './clock-estimate.ts';
import type {SwarmAgentConnection} from './swarm-agent-connection.ts';

/**
 * How far the harness's clock is ahead of a site's: measured before anything is compared, and again while the site stands, because two clocks drift. The first
 * offset stays in use; how far the later ones are from it adds to what is uncertain.
 */
export class ClockWatch implements Disposable {
	readonly offsetNs: MonotonicNs;
	readonly #stop: () => void;
	#uncertaintyNs: MonotonicNs;

	private constructor(first: ClockEstimate, measure: (() => Promise<ClockEstimate>) | undefined, clock: Clock) {
		this.offsetNs = first.offsetNs;
		this.#uncertaintyNs = first.uncertaintyNs;
		this.#stop = measure
			? clock.every(measureEverySeconds, () => {
					// A site that is gone is reported by others.
					void measure().then(
						estimate => this.#learn(estimate),
						() => {},
					);
				})
			: () => {};
	}

	/** Of a site whose clock is the harness's own. */
	static same(clock: Clock): ClockWatch {
		return new ClockWatch({offsetNs: 0n, uncertaintyNs: 0n}, undefined, clock);
	}

	static async begin(agent: SwarmAgentConnection, clock: Clock, signal: AbortSignal): Promise<ClockWatch> {
		const measure = async (): Promise<ClockEstimate> => {
			const {offsetNs, uncertaintyNs} = await agent.call('measure-clock', {}, signal);
			return {offsetNs: BigInt(offsetNs), uncertaintyNs: BigInt(uncertaintyNs)};
		};
		return new ClockWatch(await measure(), measure, clock);
	}

	/** An instant of the site is placed on the harness's clock with an error of at most this, so far. */
	get uncertaintyMs(): Ms {
		return Number(this.#uncertaintyNs) / 1e6;
	}

	[Symbol.dispose](): void {
		this.#stop();
	}

	#learn({offsetNs, uncertaintyNs}: ClockEstimate): void {
		const drift = offsetNs - this.offsetNs;
		const boundNs = (drift < 0n ? -drift : drift) + uncertaintyNs;
		if (boundNs > this.#uncertaintyNs) {
			this.#uncertaintyNs = boundNs;
		}
	}
}

const measureEverySeconds: Seconds = 5;
