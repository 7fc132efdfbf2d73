import type {Socket} from 'node:net';
import type {Clock} from '#core/clock.ts';
import {Pipe} from './pipe.ts';
import type {RateLimit} from './rate-limit.ts';

/** One end of a connection: a socket that says what it reads, and can be told to read on. */
export type TcpEnd = {
	readonly socket: Socket;
	/** Begins to read. What `onChunk` is given is its own until it has answered yes, or until `resume`. */
	readonly read: (onChunk: (chunk: Uint8Array) => boolean) => void;
	readonly resume: () => void;
	/** Ends the connection so that the other side cannot take it for a proper end. */
	readonly reset: () => void;
	/** Resolves when it can carry; rejects with why not. */
	readonly ready: Promise<void>;
	/** Gives back what it reads into. */
	readonly release: () => void;
};

export type TcpEnds = {readonly client: TcpEnd; readonly target: TcpEnd};

/**
 * Two sockets tied together. The end of one direction is passed on and leaves the other open; a failure of either end
 * resets both, so that no application takes half of its data for all of it.
 */
export class TcpConnection {
	/** Resolves when both ends are closed, with the reason when it never carried. */
	readonly over: Promise<string | undefined>;
	readonly forward: Pipe;
	readonly backward: Pipe;
	readonly #ends: TcpEnds;
	#failure: string | undefined;

	constructor({
		ends,
		limits,
		clock,
	}: {
		readonly ends: TcpEnds;
		readonly limits: {readonly forward: RateLimit | undefined; readonly backward: RateLimit | undefined};
		readonly clock: Clock;
	}) {
		const {client, target} = ends;
		this.#ends = ends;
		this.forward = new Pipe({sink: target.socket, resume: client.resume, limit: limits.forward, clock});
		this.backward = new Pipe({sink: client.socket, resume: target.resume, limit: limits.backward, clock});
		this.over = Promise.all([this.#follow(client, target), this.#follow(target, client)]).then(() => {
			this.forward.stop();
			this.backward.stop();
			client.release();
			target.release();
			return this.#failure;
		});
		Promise.all([client.ready, target.ready]).then(
			() => {
				client.read(chunk => this.forward.carry(chunk));
				target.read(chunk => this.backward.carry(chunk));
			},
			(error: Error) => {
				this.#failure = error.message;
				this.reset();
			},
		);
	}

	/** Ends both sides at once. */
	reset(): void {
		this.#ends.client.reset();
		this.#ends.target.reset();
	}

	/** Passes on the end or the failure of one side to the other; resolves when it is closed. */
	#follow({socket}: TcpEnd, other: TcpEnd): Promise<void> {
		const {promise, resolve} = Promise.withResolvers<void>();
		socket.on('end', () => other.socket.end());
		socket.on('error', error => {
			this.#failure ??= isEndOfPeer(error) ? this.#cutBy(socket) : error.message;
			this.reset();
		});
		socket.once('close', () => resolve());
		return promise;
	}

	/** Consumers come and go as they like; a target that breaks off has not sent all that it had. */
	#cutBy(socket: Socket): string | undefined {
		return socket === this.#ends.target.socket
			? `the target broke the connection off after ${this.backward.bytes} bytes from it`
			: undefined;
	}
}

/** The other end has gone. */
const isEndOfPeer = (error: Error): boolean =>
	'code' in error && ['ECONNRESET', 'EPIPE', 'ERR_SOCKET_CLOSED'].includes(`${error.code}`);
