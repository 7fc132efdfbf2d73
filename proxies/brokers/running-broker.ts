import type {Clock} from '#core/clock.ts';
import type {BrokerSetup} from '#core/control/broker-messages.ts';
import type {StreambedError} from '#core/errors.ts';

/** A broker that runs and is ready. Disposing of it ends it. */
export type RunningBroker = AsyncDisposable & {
	/** Of the broker's own process; nothing where that is in another container. */
	readonly pid: number | undefined;
	/** Rejects with NOT_VALID when one is there already: what it holds would be taken for this run's. */
	makeTopics(topics: readonly string[]): Promise<void>;
};

export type BrokerOptions<Setup extends BrokerSetup> = {
	readonly setup: Setup;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** It ended before it was told to, after it had been ready. */
	readonly onLost: (error: StreambedError) => void;
};
