import type {ControlConnection} from './control-connection.ts';
import {type SideRequest, type SideSetup, setUpSide} from './user-client.ts';

export type BothSetup = {readonly uid: string; readonly inbound: SideSetup; readonly outbound: SideSetup};

/**
 * Sets up a stream across. Both servers are asked at once; the consumer's is told the producer's listeners as soon as they are known, and
 * both data servers start at the same time. When one side fails, the other is released before this rejects.
 */
export async function setUpBoth({
	producer,
	consumer,
	...request
}: Omit<SideRequest, 'connection' | 'role' | 'onListeners'> & {
	readonly producer: ControlConnection;
	readonly consumer: ControlConnection;
}): Promise<BothSetup> {
	const listeners = Promise.withResolvers<readonly string[]>();
	listeners.promise.catch(() => {});
	const inbound = setUpSide({...request, connection: producer, role: 'PROD', onListeners: listeners.resolve});
	inbound.catch(listeners.reject);
	const outbound = setUpSide({...request, connection: consumer, role: 'CONS', targets: listeners.promise});
	const [first, second] = await Promise.allSettled([inbound, outbound]);
	if (first.status === 'fulfilled' && second.status === 'fulfilled') {
		return {uid: request.uid, inbound: first.value, outbound: second.value};
	}
	const standing = [first.status === 'fulfilled' && producer, second.status === 'fulfilled' && consumer];
	await Promise.allSettled(
		standing.map(async connection => {
			// A release that fails is not the error to tell: the lease ends the session.
			await (connection || undefined)?.release({uid: request.uid}, new AbortController().signal);
		}),
	);
	throw (first.status === 'rejected' ? first : (second as PromiseRejectedResult)).reason as Error;
}
