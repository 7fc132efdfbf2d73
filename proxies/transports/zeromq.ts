import {Pull, Push} from 'zeromq';
import {StreambedError} from '#core/errors.ts';
import type {Receiver, Sender, Slice, Transport} from './transport.ts';

/**
 * PUSH sockets into one PULL socket a site. Queues are a few slices long, so that a stalled receiver is felt by its senders;
 * nothing lingers at close.
 */
export const zeromq: Transport = {
	async listen({endpoint}) {
		const socket = new Pull({receiveHighWaterMark: queuedSlicesMax, linger: 0, reconnectInterval: 50});
		await bind(socket, endpoint);
		return new ZeromqReceiver(socket);
	},
	async connect({endpoint}) {
		const socket = new Push({sendHighWaterMark: queuedSlicesMax, linger: 0, reconnectInterval: 50});
		socket.connect(endpoint);
		return new ZeromqSender(socket);
	},
	async offer({endpoint}) {
		const socket = new Push({sendHighWaterMark: queuedSlicesMax, linger: 0});
		await bind(socket, endpoint);
		return new ZeromqSender(socket);
	},
};

const queuedSlicesMax = 16;

async function bind(socket: Pull | Push, endpoint: string): Promise<void> {
	try {
		await socket.bind(endpoint);
	} catch (cause) {
		socket.close();
		throw new StreambedError('COMMAND_FAILED', `listening at ${endpoint} failed: ${(cause as Error).message}`, {
			cause,
		});
	}
}

class ZeromqReceiver implements Receiver {
	readonly #socket: Pull;

	constructor(socket: Pull) {
		this.#socket = socket;
	}

	/** Takes the slices of a sender that listens. */
	async subscribe(source: string): Promise<AsyncDisposable> {
		this.#socket.connect(source);
		return {
			[Symbol.asyncDispose]: async () => {
				if (!this.#socket.closed) {
					this.#socket.disconnect(source);
				}
			},
		};
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<Slice> {
		for await (const parts of this.#socket) {
			const [header, payload] = parts;
			if (!header || !payload || parts.length !== 2) {
				throw new StreambedError('NOT_VALID', `a message of ${parts.length} parts arrived where slices have 2`, {
					hint: 'something else sends to this endpoint',
				});
			}
			yield {header, payload};
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#socket.close();
	}
}

class ZeromqSender implements Sender {
	readonly #socket: Push;

	constructor(socket: Push) {
		this.#socket = socket;
	}

	send({header, payload}: Slice): Promise<void> {
		return this.#socket.send([header, payload]);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#socket.close();
	}
}
