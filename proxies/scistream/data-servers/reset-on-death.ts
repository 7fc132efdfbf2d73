import assert from 'node:assert/strict';
import type {Socket} from 'node:net';
import koffi from 'koffi';

/**
 * Has the kernel reset a connection when this process dies before it has sent its end: otherwise it would close it in order, and the
 * peer would take half of the data for all of it. An end that was sent is delivered as ever.
 *
 * `closing` is the socket that sends the end, where another one is on top of the connection (TLS).
 */
export function resetOnDeath(connection: Socket, closing: Socket = connection): void {
	const apply = () => setLinger(connection, true);
	if (connection.connecting) {
		connection.once('connect', apply);
	} else {
		apply();
	}
	// The stream is destroyed after this event, never before: what is still under way must not be reset then.
	closing.once('finish', () => setLinger(connection, false));
}

function setLinger(socket: Socket, resets: boolean): void {
	const handle = (socket as unknown as {readonly _handle: {readonly fd: number} | null})._handle;
	// Only TCP lingers: a socket in the file system has no address. One that is closed needs nothing any more.
	if (handle && socket.remoteAddress !== undefined && handle.fd >= 0) {
		// struct linger {int l_onoff, l_linger}: on, with no time, is a reset.
		const linger = Buffer.from(Int32Array.of(Number(resets), 0).buffer);
		const result = setSocketOption(handle.fd, socketLevel, lingerOption, linger, linger.length);
		assert(result === 0, 'an open TCP socket takes SO_LINGER');
	}
}

const setSocketOption = koffi.load(null).func('int setsockopt(int, int, int, void *, unsigned int)') as unknown as (
	fd: number,
	level: number,
	name: number,
	value: Buffer,
	bytes: number,
) => number;

const socketLevel = 1;
const lingerOption = 13;
