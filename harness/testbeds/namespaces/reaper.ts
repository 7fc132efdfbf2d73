import {libc} from '#netem/libc.ts';

/**
 * Takes leave of processes that were handed to this one because their parent ended: the duty of process 1.
 * Those that Node started are left to Node.
 */
export function reapOrphans(isOwn: (pid: number) => boolean): void {
	const info = Buffer.alloc(128);
	const status = Buffer.alloc(4);
	for (;;) {
		info.fill(0);
		const result = libc.waitId(P_ALL, 0, info, WNOHANG | WEXITED | WNOWAIT);
		const pid = info.readInt32LE(pidOffset);
		if (result < 0 || pid === 0 || isOwn(pid)) {
			return;
		}
		libc.waitForPid(pid, status, WNOHANG);
	}
}

const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** Of `si_pid` in `siginfo_t` where a pointer has eight bytes. */
const pidOffset = 16;
