import {readFileSync} from 'node:fs';

/** The congestion control algorithms that the kernel has. */
export function availableCongestionControls(): string[] {
	return readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').trim().split(/\s+/);
}
