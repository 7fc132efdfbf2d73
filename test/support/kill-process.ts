import assert from 'node:assert/strict';

/** Ends a process without a word. Number 0 would be the whole group of whoever asks. */
export function killProcess(pid: number | undefined): void {
	assert(pid !== undefined && Number.isInteger(pid) && pid > 0, `${pid} is the number of no process`);
	process.kill(pid, 'SIGKILL');
}
