import type {Socket} from 'node:net';
import type {Ms} from '#core/units.ts';

/** A peer whose machine is gone is noticed after so long; one that is silent is left alone for as long as it likes. */
export const keepAliveMs: Ms = 60_000;

/** Ends a connection so that the other side sees a failure, never a proper end. */
export function resetSocket(socket: Socket): void {
	// Only TCP can be reset: a socket in the file system has no address.
	if (socket.connecting || socket.remoteAddress === undefined) {
		socket.destroy();
	} else if (!socket.destroyed) {
		socket.resetAndDestroy();
	}
}
