import {readdirSync, readlinkSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import type {DataServerAddress} from './data-server.ts';

/** Where a program is asked to listen: an address, or a socket in the file system. */
export type ListenPlace = DataServerAddress | {readonly path: string};

/**
 * Whether a process itself listens at every one of these places, asked of the kernel: to connect would be a connection too
 * many, and may meet another program.
 */
export async function listensAtAll(pid: number, places: readonly ListenPlace[]): Promise<boolean> {
	const own = socketInodes(pid);
	// The kernel takes milliseconds to tell its tables: not as long as the process has too few sockets to be in them.
	if (own.size < places.length) {
		return false;
	}
	const unix = (await listeningUnix()).filter(({inode}) => own.has(inode));
	const isThere = (place: ListenPlace, ports: ReadonlySet<number>) =>
		'path' in place ? unix.some(({path}) => path.startsWith(place.path)) : ports.has(place.port);
	const ports = new Set<number>();
	for (const table of ['tcp', 'tcp6'] as const) {
		for (const {port, inode} of await listeningTcp(table)) {
			if (own.has(inode)) {
				ports.add(port);
			}
		}
		if (places.every(place => isThere(place, ports))) {
			return true;
		}
	}
	return false;
}

/** Those of these places at which something listens in this network, whoever that is. */
export async function listenedAt(places: readonly ListenPlace[]): Promise<readonly ListenPlace[]> {
	const tables = await Promise.all([listeningTcp('tcp'), listeningTcp('tcp6')]);
	const ports = new Set(tables.flat().map(({port}) => port));
	const unix = await listeningUnix();
	return places.filter(place =>
		'path' in place ? unix.some(({path}) => path.startsWith(place.path)) : ports.has(place.port),
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

async function listeningTcp(table: 'tcp' | 'tcp6') {
	return (await rows(`/proc/self/net/${table}`))
		.filter(fields => fields[3] === listenState)
		.map(fields => ({port: Number.parseInt(fields[1]?.split(':')[1] ?? '', 16), inode: fields[9] ?? ''}));
}

/** A path may have been given as a temporary name that is renamed later, with the path as its beginning. */
async function listeningUnix() {
	return (await rows('/proc/self/net/unix'))
		.filter(fields => fields[3] === acceptsConnections)
		.map(fields => ({path: fields[7] ?? '', inode: fields[6] ?? ''}));
}

async function rows(path: string): Promise<string[][]> {
	const lines = (await readFile(path, 'utf8')).trim().split('\n').slice(1);
	return lines.map(line => line.trim().split(/\s+/));
}

const listenState = '0A';
const acceptsConnections = '00010000';
