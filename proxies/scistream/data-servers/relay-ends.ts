import {once} from 'node:events';
import {connect, type OnReadOpts, type Socket} from 'node:net';
import {acceptedSocket} from './accepted-socket.ts';
import type {BufferPool} from './buffer-pool.ts';
import type {CarriedRoute} from './carrier-messages.ts';
import {resetOnDeath} from './reset-on-death.ts';
import {keepAliveMs, resetSocket} from './sockets.ts';
import type {TcpEnd} from './tcp-connection.ts';
import type {OpenEnds} from './tcp-session.ts';

/** Both ends plain, each read into a buffer of its own that is written from directly. */
export const relayEnds =
	(pool: BufferPool): OpenEnds =>
	async (accepted, route) => ({
		client: plainClient(accepted, pool),
		target: plainTarget(route, pool),
	});

/** The end of a socket that a listener accepted. */
export const plainClient = (accepted: Socket, pool: BufferPool): TcpEnd =>
	bufferedEnd(pool, onread => acceptedSocket(accepted, onread));

/** The end of a connection to a target. */
export const plainTarget = ({target}: CarriedRoute, pool: BufferPool): TcpEnd =>
	bufferedEnd(pool, onread => connect({...target, onread, allowHalfOpen: true, noDelay: true}));

function bufferedEnd(pool: BufferPool, open: (onread: OnReadOpts) => Socket): TcpEnd {
	const buffer = pool.take();
	let onChunk: (chunk: Uint8Array) => boolean;
	const socket = open({buffer, callback: bytes => onChunk(buffer.subarray(0, bytes))});
	// Until somebody takes what is read, nothing is.
	socket.pause();
	socket.setKeepAlive(true, keepAliveMs);
	resetOnDeath(socket);
	return {
		socket,
		ready: connected(socket),
		read(listener) {
			onChunk = listener;
			socket.resume();
		},
		resume: () => socket.resume(),
		reset: () => resetSocket(socket),
		release: () => pool.giveBack(buffer),
	};
}

async function connected(socket: Socket): Promise<void> {
	if (socket.connecting) {
		await once(socket, 'connect');
	}
}
