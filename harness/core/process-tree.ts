import {readdirSync, readFileSync} from 'node:fs';
import type {Seconds} from './units.ts';

/** The processes below one, children before their own, itself left out. Those that end meanwhile are left out too. */
export function descendants(pid: number): readonly number[] {
	const found: number[] = [];
	for (const task of readFolder(`/proc/${pid}/task`)) {
		for (const child of readText(`/proc/${pid}/task/${task}/children`).trim().split(' ')) {
			if (child !== '') {
				found.push(Number(child), ...descendants(Number(child)));
			}
		}
	}
	return found;
}

/** Processor time of a process and all below it since they began, those that ended and were waited for included. In steps of 10 ms. */
export function treeCpuSeconds(pid: number): Seconds {
	return [pid, ...descendants(pid)].reduce((sum, one) => sum + ownTicks(one), 0) / ticksPerSecond;
}

/** User and system time of the process, and of children that it waited for. */
function ownTicks(pid: number): number {
	const text = readText(`/proc/${pid}/stat`);
	// The name stands in brackets and may hold anything; what counts comes after it.
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return fields.slice(firstTimeField, firstTimeField + 4).reduce((sum, ticks) => sum + Number(ticks), 0);
}

function readText(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		// It has ended meanwhile.
		return '';
	}
}

function readFolder(path: string): readonly string[] {
	try {
		return readdirSync(path);
	} catch {
		return [];
	}
}

/** What the kernel counts in for programs, whatever its own timer does. */
const ticksPerSecond = 100;
/** `utime`, counted from the state of the process. */
const firstTimeField = 11;
