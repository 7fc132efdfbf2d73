import type {DataServerCounters} from './data-server.ts';

/**
 * Bytes that never go back. What a proxy of others has carried is put together from what it has told of connections that are
 * over and, looked at after that, what the kernel knows of open ones; a connection that ends meanwhile is in neither for once.
 */
export function steadyCounters(read: () => Promise<DataServerCounters>): () => Promise<DataServerCounters> {
	let [bytesForward, bytesBackward] = [0, 0];
	return async () => {
		const counters = await read();
		bytesForward = Math.max(bytesForward, counters.bytesForward);
		bytesBackward = Math.max(bytesBackward, counters.bytesBackward);
		return {...counters, bytesForward, bytesBackward};
	};
}
