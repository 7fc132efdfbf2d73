import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import type {ForeignProgram} from './foreign-program.ts';

/**
 * Looks again and again whether a foreign program is ready. Rejects with why it ended, or with TIMED_OUT and what was waited for, also in the
 * middle of a look that takes too long.
 */
export async function untilReady({
	program,
	isReady,
	ended,
	lastLines,
	clock,
	signal,
}: {
	readonly program: ForeignProgram;
	readonly isReady: () => boolean | Promise<boolean>;
	/** Rejects when the program ends. */
	readonly ended: Promise<never>;
	readonly lastLines: () => string;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<void> {
	const late = Promise.withResolvers<never>();
	const cancel = clock.after(program.readyLimitSeconds, () => late.reject(notReady(program, lastLines())));
	const over = Promise.race([ended, late.promise, abortion(signal)]);
	try {
		while (!(await Promise.race([isReady(), over]))) {
			await Promise.race([clock.sleep(lookEverySeconds, signal), over]);
		}
	} finally {
		cancel();
	}
}

function notReady({site, ready, port, readyLimitSeconds}: ForeignProgram, said: string): StreambedError {
	const awaited = {
		port: `nothing listens at its port ${port}`,
		log: `no line of it contains “${ready.kind === 'log' ? ready.text : ''}”`,
		command: `${ready.kind === 'command' ? ready.command.join(' ') : ''} does not end with 0`,
	}[ready.kind];
	return new StreambedError(
		'TIMED_OUT',
		`the foreign program at ${site} is not ready after ${readyLimitSeconds} s: ${awaited}${said === '' ? '' : `; it said: ${said}`}`,
		{hint: `see whether topology.sites.${site}.port and ready fit the program, or give it a longer readyLimit`},
	);
}

const lookEverySeconds: Seconds = 0.05;
