import {createSocket, type Socket} from 'node:dgram';
import type {DataServerAddress} from './data-server.ts';
import {numberedDatagram, readNumberedDatagram, SequenceGaps} from './numbered-datagrams.ts';
import type {RateLimit} from './rate-limit.ts';

export type UdpFlowOptions = {
	readonly target: DataServerAddress;
	/** Which leg is between the data servers: the one from the listener, or the one to the target. */
	readonly numbered: 'listener' | 'target';
	readonly limits: {readonly forward: RateLimit | undefined; readonly backward: RateLimit | undefined};
	/** Sends back to the peer. */
	readonly answer: Outlet;
};

/** A way out: the datagram, and the socket that it waits in. */
type Outlet = {readonly socket: Socket; readonly send: (datagram: Buffer, done: (error: Error | null) => void) => void};

/** What one peer of a listener and the target say to each other. */
export class UdpFlow {
	readonly socket: Socket;
	readonly forward = {bytes: 0};
	readonly backward = {bytes: 0};
	readonly #options: UdpFlowOptions;
	readonly #gaps = new SequenceGaps();
	readonly #connected: Promise<void>;
	#sentNumber = 0;
	#droppedCount = 0;

	constructor(options: UdpFlowOptions) {
		this.#options = options;
		this.socket = createSocket({type: 'udp4', recvBufferSize: socketBufferBytes});
		// Nobody listens at the target, or its way is barred: UDP promises nothing.
		this.socket.on('error', () => this.#droppedCount++);
		const {numbered, limits, answer} = options;
		this.socket.on('message', datagram =>
			this.#carry(datagram, {
				arrives: numbered === 'target',
				leaves: numbered === 'listener',
				limit: limits.backward,
				counter: this.backward,
				outlet: answer,
			}),
		);
		const {promise, resolve} = Promise.withResolvers<void>();
		this.#connected = promise;
		this.socket.connect(options.target.port, options.target.host, resolve);
	}

	/** Datagrams of this flow that were dropped here or did not arrive here. */
	get lostCount(): number {
		return this.#droppedCount + this.#gaps.lostCount;
	}

	/** Takes a datagram from the peer. */
	async take(datagram: Buffer): Promise<void> {
		await this.#connected;
		const {numbered, limits} = this.#options;
		this.#carry(datagram, {
			arrives: numbered === 'listener',
			leaves: numbered === 'target',
			limit: limits.forward,
			counter: this.forward,
			outlet: {socket: this.socket, send: (data, done) => this.socket.send(data, done)},
		});
	}

	#carry(
		datagram: Buffer,
		{
			arrives,
			leaves,
			limit,
			counter,
			outlet,
		}: {
			/** Whether it comes with a number, and whether it goes with one. */
			readonly arrives: boolean;
			readonly leaves: boolean;
			readonly limit: RateLimit | undefined;
			readonly counter: {bytes: number};
			readonly outlet: Outlet;
		},
	): void {
		const numbered = arrives ? readNumberedDatagram(datagram) : undefined;
		if (arrives && !numbered) {
			this.#droppedCount++;
			return;
		}
		if (numbered) {
			this.#gaps.see(numbered.number);
		}
		const payload = numbered?.payload ?? datagram;
		// What is dropped here gets no number: it is counted on this side, once.
		if (outlet.socket.getSendQueueSize() > queuedBytesMax || limit?.tryTake(payload.length) === false) {
			this.#droppedCount++;
			return;
		}
		counter.bytes += payload.length;
		outlet.send(leaves ? numberedDatagram(payload, this.#sentNumber++) : payload, error => {
			if (error) {
				this.#droppedCount++;
			}
		});
	}
}

/** Asked of the kernel, which gives no more than net.core.rmem_max. */
export const socketBufferBytes = 4 * 1024 ** 2;
const queuedBytesMax = 4 * 1024 ** 2;
