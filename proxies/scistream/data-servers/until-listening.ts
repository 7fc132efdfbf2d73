import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';

/** Waits until a proxy listens. Rejects with DATA_SERVER_FAILED when it ends first, with what it said, or takes too long. */
export async function untilListening({
	kind,
	isListening,
	closed,
	clock,
	signal,
}: {
	readonly kind: string;
	readonly isListening: () => Promise<boolean>;
	/** Resolves with why it ended. */
	readonly closed: Promise<string>;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<void> {
	const limitNs = clock.nowNs() + BigInt(listenLimitSeconds * 1e9);
	let pauseSeconds = shortestPauseSeconds;
	let failure: string | undefined;
	void closed.then(reason => {
		failure = reason;
	});
	while (!(await isListening())) {
		if (failure !== undefined) {
			throw new StreambedError('DATA_SERVER_FAILED', `${kind} ended before it listened (${failure})`);
		}
		if (clock.nowNs() > limitNs) {
			throw new StreambedError('DATA_SERVER_FAILED', `${kind} does not listen after ${listenLimitSeconds} s`);
		}
		await clock.sleep(pauseSeconds, signal);
		pauseSeconds = Math.min(pauseSeconds * 1.5, longestPauseSeconds);
	}
}

const shortestPauseSeconds: Seconds = 0.002;
const longestPauseSeconds: Seconds = 0.02;
const listenLimitSeconds: Seconds = 10;
