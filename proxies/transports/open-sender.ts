import {StreambedError} from '#core/errors.ts';
import type {Sender, Transport} from './transport.ts';

/** The sender of a stream: it connects to where the chunks go next, or listens there for who takes them. */
export async function openSender(
	transport: Transport,
	{endpoint, listens}: {readonly endpoint: string; readonly listens?: true},
): Promise<Sender> {
	if (!listens) {
		return transport.connect({endpoint});
	}
	if (!transport.offer) {
		throw new StreambedError('SCENARIO_INVALID', 'the transport of this stack has no senders that listen', {
			hint: 'streams through a tunnel need transport: zeromq',
		});
	}
	return transport.offer({endpoint});
}
