import {realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {endProcess, isRunning} from '#core/processes.ts';
import {findRunProcesses} from '#testbeds/namespaces/leftovers.ts';

/**
 * Ends what killed runs left: processes that carry our mark and whose harness is gone, with their namespaces and links, and the
 * containers, networks and volumes that carry our label.
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
	count += await cleanEngine(write);
	if (count === 0) {
		write('nothing to clean\n');
	}
	return exitCodes.fine;
}

/** A machine without a container engine has no containers of ours either; that nobody was asked is said. */
async function cleanEngine(write: (text: string) => void): Promise<number> {
	const {removeOrphans} = await import('#testbeds/docker/remove-orphans.ts');
	try {
		const removed = await removeOrphans(realClock);
		for (const {kind, name} of removed) {
			write(`removed ${kind} ${name}\n`);
		}
		return removed.length;
	} catch (error) {
		if (error instanceof StreambedError && error.code === 'ENGINE_UNREACHABLE') {
			write(`containers were not looked for: ${error.message}\n`);
			return 0;
		}
		throw error;
	}
}
