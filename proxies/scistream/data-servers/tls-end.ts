import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';
import type {BufferPool} from './buffer-pool.ts';
import {RecordBatch} from './record-batch.ts';
import {resetOnDeath} from './reset-on-death.ts';
import {keepAliveMs, resetSocket} from './sockets.ts';
import type {TcpEnd} from './tcp-connection.ts';

/** An encrypted end. `raw` is the connection below, which alone can be reset. */
export function tlsEnd({
	raw,
	socket,
	pool,
	ready = Promise.resolve(),
}: {
	readonly raw: Socket;
	readonly socket: TLSSocket;
	/** Of buffers for what is decrypted. */
	readonly pool: BufferPool;
	/** When the hands are shaken; without it, they are. */
	readonly ready?: Promise<void>;
}): TcpEnd {
	raw.setKeepAlive(true, keepAliveMs);
	resetOnDeath(raw, socket);
	raw.on('error', error => socket.destroy(error));
	let take: (chunk: Uint8Array) => boolean = () => false;
	const records = new RecordBatch(pool, batch => {
		const isTaken = take(batch);
		if (!isTaken) {
			socket.pause();
		}
		return isTaken;
	});
	// Before anybody else hears of the end.
	socket.on('end', () => records.flush());
	return {
		socket,
		ready,
		read(onChunk) {
			take = onChunk;
			socket.on('data', (record: Buffer) => records.add(record));
			socket.resume();
		},
		resume() {
			records.giveBack();
			socket.resume();
		},
		reset() {
			resetSocket(raw);
			socket.destroy();
		},
		release: () => records.release(),
	};
}
