import type {ControlConnection} from './control-connection.ts';
import {type SideRequest, type SideSetup, setUpSide} from './user-client.ts';

export type BothSetup = {readonly uid: string; readonly inbound: SideSetup; readonly outbound: SideSetup};

/**
 * Sets up a stream across: the producer's side first, then the consumer's, whose data server connects to the producer's. When the
 * second fails, the first is released before this rejects.
 */
export async function setUpBoth({
	producer,
	consumer,
	...request
}: Omit<SideRequest, 'connection' | 'role'> & {
	readonly producer: ControlConnection;
	readonly consumer: ControlConnection;
}): Promise<BothSetup> {
	const inbound = await setUpSide({...request, connection: producer, role: 'PROD'});
	try {
		const outbound = await setUpSide({...request, connection: consumer, role: 'CONS', targets: inbound.listeners});
		return {uid: request.uid, inbound, outbound};
	} catch (error) {
		try {
			await producer.release({uid: request.uid}, new AbortController().signal);
		} catch {
			// The server went meanwhile, or its lease will end the session: what failed first is the error to tell.
		}
		throw error;
	}
}
