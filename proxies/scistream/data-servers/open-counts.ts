import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import type {DataServerAddress, DataServerCounters} from './data-server.ts';
import {placeText} from './place-text.ts';
import {requireProgram} from './require-program.ts';

/** Which sockets of a proxy carry the application's own bytes: those from this address of its own, or to that other one. */
export type PlainPlace = {readonly local: DataServerAddress} | {readonly remote: DataServerAddress};

export type OpenConnections = {
	/** Of the proxy; without it, whatever is open at these places counts. */
	readonly pid: number | undefined;
	readonly plainPlaces: readonly PlainPlace[];
};

/** What the connections of a proxy that are open have carried: the kernel's own count of acknowledged and received bytes. */
export async function openCounts({
	pid,
	plainPlaces,
}: OpenConnections): Promise<Pick<DataServerCounters, 'bytesForward' | 'bytesBackward' | 'connectionsOpen'>> {
	const parameters = ['-H', '-O', '-t', '-n', '-i', pid === undefined ? '-e' : '-p', 'state', 'connected'];
	const {stdout} = await promisify(execFile)(requireProgram('ss'), parameters, {maxBuffer: outputBytesMax});
	// A connection that its process has closed has a line still, but neither a process nor an inode.
	const isHeld = (line: string) => (pid === undefined ? /\bino:[1-9]/.test(line) : line.includes(`pid=${pid},`));
	let [bytesForward, bytesBackward, connectionsOpen] = [0, 0, 0];
	for (const line of stdout.split('\n').filter(isHeld)) {
		const direction = directionOf(line, plainPlaces);
		const [acknowledged, received] = [byteField(line, 'bytes_acked'), byteField(line, 'bytes_received')];
		if (direction === undefined) {
			continue;
		}
		connectionsOpen++;
		if (direction === 'to-target') {
			// That it was opened is acknowledged as if it were a byte.
			bytesForward += Math.max(0, acknowledged - 1);
			bytesBackward += received;
		} else {
			bytesForward += received;
			bytesBackward += acknowledged;
		}
	}
	return {bytesForward, bytesBackward, connectionsOpen};
}

function directionOf(line: string, places: readonly PlainPlace[]): 'to-target' | 'from-client' | undefined {
	const [, , , local = '', remote = ''] = line.split(/\s+/);
	for (const place of places) {
		if ('remote' in place ? remote === placeText(place.remote) : local === placeText(place.local)) {
			return 'remote' in place ? 'to-target' : 'from-client';
		}
	}
	return undefined;
}

const byteField = (line: string, name: string): number => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0);

const outputBytesMax = 64 * 1024 ** 2;
