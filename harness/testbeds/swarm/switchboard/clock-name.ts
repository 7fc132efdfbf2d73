import {existsSync, readFileSync} from 'node:fs';

/**
 * Names the monotonic clock of this process: where the names are equal, instants can be compared as they are. It is that of one start of one
 * kernel, as the time namespace of the process shifts it.
 */
export function clockName(): string {
	const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
	const shift = existsSync(shiftPath) ? /^monotonic\s+(-?\d+)\s+(-?\d+)/m.exec(readFileSync(shiftPath, 'utf8')) : null;
	const [, seconds = '0', nanoseconds = '0'] = shift ?? [];
	return `${boot} ${seconds}.${nanoseconds.padStart(9, '0')}`;
}

/** Absent where the kernel has no time namespaces. */
const shiftPath = '/proc/self/timens_offsets';
