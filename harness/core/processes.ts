import {readFileSync} from 'node:fs';
import type {Clock} from './clock.ts';
import {StreambedError} from './errors.ts';
import type {Seconds} from './units.ts';

/**
 * Ends a process by its id: TERM, then KILL after the grace time. Resolves when it is gone, at once when it was not there.
 * Rejects with TIMED_OUT when even KILL does not end it.
 */
export async function endProcess(
	pid: number,
	{
		clock,
		graceSeconds = 1,
		signal,
	}: {readonly clock: Clock; readonly graceSeconds?: Seconds; readonly signal?: AbortSignal},
): Promise<void> {
	for (const killSignal of ['SIGTERM', 'SIGKILL'] as const) {
		if (!signalProcess(pid, killSignal)) {
			return;
		}
		if (await isGoneWithin(graceSeconds, {pid, clock, signal})) {
			return;
		}
	}
	throw new StreambedError('TIMED_OUT', `process ${pid} still runs ${graceSeconds} s after KILL`);
}

/** Sends a signal to a process; false when it was not there. */
export function signalProcess(pid: number, killSignal: NodeJS.Signals): boolean {
	try {
		return process.kill(pid, killSignal);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ESRCH') {
			return false;
		}
		throw error;
	}
}

/** Whether a process runs; one that has ended and waits for its parent does not. */
export function isRunning(pid: number): boolean {
	const fields = statFields(pid);
	return fields !== undefined && fields[0] !== 'Z' && fields[0] !== 'X';
}

/** Names a process beyond the reuse of its id: `id:start`, the start in ticks since boot. Undefined when there is none. */
export function processIdentity(pid: number): string | undefined {
	const startTicks = statFields(pid)?.[19];
	return startTicks === undefined ? undefined : `${pid}:${startTicks}`;
}

async function isGoneWithin(
	seconds: Seconds,
	{pid, clock, signal}: {readonly pid: number; readonly clock: Clock; readonly signal: AbortSignal | undefined},
): Promise<boolean> {
	const limitNs = clock.nowNs() + BigInt(Math.round(seconds * 1e9));
	while (isRunning(pid)) {
		if (clock.nowNs() >= limitNs) {
			return false;
		}
		await clock.sleep(pollSeconds, signal);
	}
	return true;
}

/** The fields of /proc/PID/stat after the command's name, which may hold spaces: the state first. */
function statFields(pid: number): string[] | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	} catch {
		return undefined;
	}
}

const pollSeconds: Seconds = 0.01;
