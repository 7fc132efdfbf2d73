import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import type {BrokerStand} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {lastLogLines} from './last-log-lines.ts';

/** In a broker's log folder, all that it says. */
export const serverLog = 'broker.log';

/** Asks a broker until it answers. Rejects with TIMED_OUT and its last lines when that takes too long, or with why its server has ended. */
export async function untilAnswering<Answer>({
	stand: {site, readyWithinSeconds, logFolder},
	ask,
	ended = () => undefined,
	clock,
	signal,
}: {
	readonly stand: BrokerStand;
	readonly ask: () => Promise<Answer | undefined>;
	/** Why the server has ended, once it has. */
	readonly ended?: () => StreambedError | undefined;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<Answer> {
	const limitNs = clock.nowNs() + BigInt(Math.round(readyWithinSeconds * 1e9));
	const logPath = join(logFolder, serverLog);
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) {
			return answer;
		}
		const end = ended();
		if (end) {
			throw end;
		}
		if (clock.nowNs() > limitNs) {
			throw new StreambedError(
				'TIMED_OUT',
				`the broker at ${site} was not ready within ${readyWithinSeconds} s; its last lines: ${lastLogLines(logPath)}`,
				{hint: `its whole log is ${logPath}; stack.broker.readyWithin gives it more time`},
			);
		}
		await clock.sleep(lookAgainSeconds, signal);
	}
}

const lookAgainSeconds: Seconds = 0.05;
