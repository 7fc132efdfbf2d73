import {readFileSync} from 'node:fs';

/** Datagrams that the kernel dropped for want of room in the sockets on these local ports, as /proc/net/udp counts them. */
export function kernelDrops(ports: ReadonlySet<number>): number {
	return dropsOf(readFileSync('/proc/self/net/udp', 'utf8'), ports);
}

function dropsOf(table: string, ports: ReadonlySet<number>): number {
	let count = 0;
	for (const line of table.trim().split('\n').slice(1)) {
		const fields = line.trim().split(/\s+/);
		if (ports.has(Number.parseInt(fields[1]?.split(':')[1] ?? '', 16))) {
			count += Number(fields.at(-1));
		}
	}
	return count;
}
