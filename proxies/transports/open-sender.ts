import {StreambedError} from '#core/errors.ts';
import type {Sender, Transport} from './transport.ts';

/**
 * The sender of a stream: it connects to where the chunks go next, or listens there for who takes them. Where the broker is
 * gone by then, the stream is open all the same, and its first slice is what fails.
 */
export async function openSender(
	transport: Transport,
	{endpoint, listens}: {readonly endpoint: string; readonly listens?: true},
): Promise<Sender> {
	if (!listens) {
		return transport.connect({endpoint}).catch(unlessGone);
	}
	if (!transport.offer) {
		throw new StreambedError('SCENARIO_INVALID', 'the transport of this stack has no senders that listen', {
			hint: 'streams through a tunnel need transport: zeromq',
		});
	}
	return transport.offer({endpoint});
}

function unlessGone(error: unknown): Sender {
	if (error instanceof StreambedError && error.code === 'NODE_LOST') {
		return {
			send: () => Promise.reject(error),
			async [Symbol.asyncDispose]() {},
		};
	}
	throw error;
}
