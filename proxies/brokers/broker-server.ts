import type {StreambedError} from '#core/errors.ts';

/** The server of a broker, whoever started it. Disposing of it ends what was started here. */
export type BrokerServer = AsyncDisposable & {
	/** Of its process; nothing where that is in another container, or did not start. */
	readonly pid: number | undefined;
	/**
	 * Asks until there is an answer. Rejects with NODE_LOST when the server ends first, with TIMED_OUT when it is not ready in time; both tell
	 * its last lines.
	 */
	ready<Answer>(ask: () => Promise<Answer | undefined>, signal: AbortSignal): Promise<Answer>;
	/** Calls back once when it ends, or has ended, without having been told to. */
	onLost(listener: (error: StreambedError) => void): void;
};
