/** So many batches of a draw may be on their way: a thread that is further ahead of its reader waits. */
const pendingBatchCountMax = 64;

/** How many batches of lines are on their way from a thread to their reader; none at first. */
export function newPendingCount(): Int32Array {
	return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** The thread's end: one more is on its way; blocks while there are too many. */
export function addBatch(pendingCount: Int32Array): void {
	for (let count = load(pendingCount); count >= pendingBatchCountMax; count = load(pendingCount)) {
		Atomics.wait(pendingCount, 0, count);
	}
	Atomics.add(pendingCount, 0, 1);
}

/** The reader's end: it has taken one; a thread that waits goes on. */
export function takeBatch(pendingCount: Int32Array): void {
	Atomics.sub(pendingCount, 0, 1);
	Atomics.notify(pendingCount, 0);
}

function load(pendingCount: Int32Array): number {
	return Atomics.load(pendingCount, 0);
}
