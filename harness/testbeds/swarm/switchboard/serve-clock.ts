import {createServer, type Server} from 'node:net';
import type {Clock} from '#core/clock.ts';

/** A server that answers whatever comes with its time of the monotonic clock: eight bytes, nanoseconds, for each message that it gets. */
export function serveClock(clock: Clock): Server {
	return createServer({noDelay: true}, socket => {
		// Whoever asks hangs up at will.
		socket.on('error', () => {});
		socket.on('data', () => {
			const answer = Buffer.alloc(instantBytes);
			answer.writeBigInt64LE(clock.nowNs());
			socket.write(answer);
		});
	});
}

/** The length of an answer. */
export const instantBytes = 8;
