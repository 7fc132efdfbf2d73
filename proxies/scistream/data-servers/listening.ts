import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import type {DataServerAddress} from './data-server.ts';

/** Where a program is asked to listen: an address, or a socket in the file system. */
export type ListenPlace = DataServerAddress | {readonly path: string};

/**
 * Whether a process itself listens at every one of these places, asked of the kernel: to connect would be a connection too
 * many, and may meet another program.
 */
export function listensAtAll(pid: number, places: readonly ListenPlace[]): boolean {
	const own = socketInodes(pid);
	// The kernel's tables take milliseconds to read: not as long as the process has too few sockets to be in them.
	if (own.size < places.length) {
		return false;
	}
	const tcp = [...listeningTcp('tcp'), ...listeningTcp('tcp6')].filter(({inode}) => own.has(inode));
	const unix = listeningUnix().filter(({inode}) => own.has(inode));
	return places.every(place =>
		'path' in place ? unix.some(({path}) => path.startsWith(place.path)) : tcp.some(({port}) => port === place.port),
	);
}

function socketInodes(pid: number): ReadonlySet<string> {
	const folder = `/proc/${pid}/fd`;
	const inodes = new Set<string>();
	try {
		for (const name of readdirSync(folder)) {
			const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1];
			if (inode !== undefined) {
				inodes.add(inode);
			}
		}
	} catch {
		// The process has ended, or has closed a descriptor meanwhile: what was seen is what is known.
	}
	return inodes;
}

function listeningTcp(table: 'tcp' | 'tcp6') {
	return rows(`/proc/self/net/${table}`)
		.filter(fields => fields[3] === listenState)
		.map(fields => ({port: Number.parseInt(fields[1]?.split(':')[1] ?? '', 16), inode: fields[9] ?? ''}));
}

/** A path may have been given as a temporary name that is renamed later, with the path as its beginning. */
function listeningUnix() {
	return rows('/proc/self/net/unix')
		.filter(fields => fields[3] === acceptsConnections)
		.map(fields => ({path: fields[7] ?? '', inode: fields[6] ?? ''}));
}

function rows(path: string): string[][] {
	const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
	return lines.map(line => line.trim().split(/\s+/));
}

const listenState = '0A';
const acceptsConnections = '00010000';
