import {realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes} from '#core/errors.ts';
import {endProcess, isRunning} from '#core/processes.ts';
import {findRunProcesses} from '#testbeds/namespaces/leftovers.ts';

/**
 * Ends what killed runs left: processes that carry our mark and whose harness is gone. Their namespaces and links go with them.
 * Runs that are under way are left alone.
 */
export async function clean({write}: {readonly write: (text: string) => void}): Promise<ExitCode> {
	const orphans = findRunProcesses().filter(({orphaned}) => orphaned);
	let count = 0;
	for (const {pid, label} of orphans) {
		// The end of a holder ends the processes below it, so that some of them are gone by now.
		if (isRunning(pid)) {
			await endProcess(pid, {clock: realClock});
			write(`ended process ${pid} of run ${label}\n`);
			count++;
		}
	}
	if (count === 0) {
		write('nothing to clean\n');
	}
	return exitCodes.fine;
}
