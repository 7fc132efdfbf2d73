import {StreambedError} from '#core/errors.ts';

/** What went wrong between a program and a broker that queues, in one sentence. */
export function queueError(attempt: string, cause: unknown): StreambedError {
	const why = cause instanceof Error ? cause.message || cause.name : String(cause);
	return new StreambedError('NODE_LOST', `${attempt}: ${why}`, {
		hint: 'the broker’s own log stands in the folder logs/ of the run',
		cause,
	});
}

/** A queue that would hold more than it may refuses what is written to it. */
export function queueIsFull(
	{topic, host, port}: {readonly topic: string; readonly host: string; readonly port: number},
	cause: unknown,
): StreambedError {
	return new StreambedError('LIMIT_REACHED', `the broker at ${host}:${port} has no room for more of ${topic}`, {
		hint: 'a reader lags too far behind; raise queue or memory of stack.broker',
		cause,
	});
}
