import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';
import {keepAliveMs, resetSocket} from './sockets.ts';
import type {TcpEnd} from './tcp-connection.ts';

/** An encrypted end. `raw` is the connection below, which alone can be reset. */
export function tlsEnd({
	raw,
	socket,
	ready = Promise.resolve(),
}: {
	readonly raw: Socket;
	readonly socket: TLSSocket;
	/** When the hands are shaken; without it, they are. */
	readonly ready?: Promise<void>;
}): TcpEnd {
	raw.setKeepAlive(true, keepAliveMs);
	raw.on('error', error => socket.destroy(error));
	return {
		socket,
		ready,
		read(onChunk) {
			socket.on('data', (chunk: Buffer) => {
				if (!onChunk(chunk)) {
					socket.pause();
				}
			});
			socket.resume();
		},
		resume: () => socket.resume(),
		reset() {
			resetSocket(raw);
			socket.destroy();
		},
		release() {},
	};
}
