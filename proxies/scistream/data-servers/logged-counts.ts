import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import type {Bytes} from '#core/units.ts';
import type {DataServerAddress, DataServerCounters} from './data-server.ts';
import {placeText} from './place-text.ts';
import {requireProgram} from './require-program.ts';

/** Which sockets of a proxy carry the application's own bytes: those from this address of its own, or to that other one. */
export type PlainPlace = {readonly local: DataServerAddress} | {readonly remote: DataServerAddress};

type Carried = {readonly bytesForward: Bytes; readonly bytesBackward: Bytes};

/**
 * What a proxy without statistics has carried: connections that are over by what it has logged, open ones by the kernel's own
 * count of acknowledged and received bytes.
 */
export class LoggedCounts {
	connectionsTotal = 0;
	#refusedCount = 0;
	#lastRefusal: string | undefined;
	/** The connections that were refused last, so that each counts once. */
	readonly #refused = new Set<string>();
	readonly #closed = {bytesForward: 0, bytesBackward: 0};
	/** The last ones: what was logged of a connection takes the place of what was logged of it before. */
	readonly #recent = new Map<string, Carried>();

	/** Notes why a connection ended before it was through: of what is logged about it, what comes first. */
	refuse(connection: string, reason: string): void {
		if (this.#refused.has(connection)) {
			return;
		}
		this.#refused.add(connection);
		this.#refusedCount++;
		this.#lastRefusal = reason;
		const [oldest] = this.#refused;
		if (this.#refused.size > recentMax && oldest !== undefined) {
			this.#refused.delete(oldest);
		}
	}

	/** Notes what a connection has carried. */
	close(connection: string, carried: Carried): void {
		const earlier = this.#recent.get(connection);
		this.#closed.bytesForward += carried.bytesForward - (earlier?.bytesForward ?? 0);
		this.#closed.bytesBackward += carried.bytesBackward - (earlier?.bytesBackward ?? 0);
		this.#recent.set(connection, carried);
		const [oldest] = this.#recent.keys();
		if (this.#recent.size > recentMax && oldest !== undefined) {
			this.#recent.delete(oldest);
		}
	}

	async withOpen({
		pid,
		plainPlaces,
	}: {
		readonly pid: number;
		readonly plainPlaces: readonly PlainPlace[];
	}): Promise<DataServerCounters> {
		const parameters = ['-H', '-O', '-t', '-n', '-p', '-i', 'state', 'connected'];
		const {stdout} = await promisify(execFile)(requireProgram('ss'), parameters, {maxBuffer: outputBytesMax});
		let [bytesForward, bytesBackward, connectionsOpen] = [this.#closed.bytesForward, this.#closed.bytesBackward, 0];
		for (const line of stdout.split('\n').filter(text => text.includes(`pid=${pid},`))) {
			const direction = directionOf(line, plainPlaces);
			const [sent, received] = [byteField(line, 'bytes_acked'), byteField(line, 'bytes_received')];
			if (direction !== undefined) {
				connectionsOpen++;
				bytesForward += direction === 'to-target' ? sent : received;
				bytesBackward += direction === 'to-target' ? received : sent;
			}
		}
		return {
			bytesForward,
			bytesBackward,
			connectionsOpen,
			connectionsTotal: this.connectionsTotal,
			refusedCount: this.#refusedCount,
			...(this.#lastRefusal === undefined ? {} : {lastRefusal: this.#lastRefusal}),
		};
	}
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

const recentMax = 1000;
const outputBytesMax = 64 * 1024 ** 2;
