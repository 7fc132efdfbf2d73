import {libc} from '#netem/libc.ts';

/**
 * Takes leave of processes that were handed to this one because their parent ended: the duty of process 1.
 *
 * Node and the batches of netem wait for their own children at once. A child that has ended and still stands there at the next look, a
 * second later, is nobody's.
 */
export class OrphanReaper {
	#seenPid = 0;

	/** To be called now and then, a second or more apart. */
	look(): void {
		const pid = endedChild();
		if (pid !== 0 && pid === this.#seenPid) {
			libc.waitForPid(pid, Buffer.alloc(4), WNOHANG);
			this.#seenPid = 0;
			return;
		}
		this.#seenPid = pid;
	}
}

/** A child that has ended, left as it is; 0 when there is none. */
function endedChild(): number {
	const info = Buffer.alloc(128);
	const result = libc.waitId(P_ALL, 0, info, WNOHANG | WEXITED | WNOWAIT);
	return result < 0 ? 0 : info.readInt32LE(pidOffset);
}

const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** Of `si_pid` in `siginfo_t` where a pointer has eight bytes. */
const pidOffset = 16;
