import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {CarriedRoute, CarriedSession, SessionPlan} from './carrier-messages.ts';
import {RateLimit} from './rate-limit.ts';
import {SessionCounts} from './session-counts.ts';
import {resetSocket} from './sockets.ts';
import {TcpConnection, type TcpEnds} from './tcp-connection.ts';

/** Makes the two ends of a connection out of a socket that a listener accepted; rejects with why it was not let in. */
export type OpenEnds = (accepted: Socket, route: CarriedRoute) => Promise<TcpEnds>;

/** A session over TCP: a listener for each route, and a pair of sockets for each connection. Rejects when a port is taken. */
export async function openTcpSession({
	plan: {routes, bitsPerSecond},
	openEnds,
	clock,
}: {
	readonly plan: SessionPlan;
	readonly openEnds: OpenEnds;
	readonly clock: Clock;
}): Promise<CarriedSession> {
	const counts = new SessionCounts();
	const connections = new Set<TcpConnection>();
	const limit = () => (bitsPerSecond === undefined ? undefined : new RateLimit({bitsPerSecond, clock}));
	const limits = {forward: limit(), backward: limit()};
	const knocking = new Set<Socket>();
	let closing = false;

	const accept = async (accepted: Socket, route: CarriedRoute) => {
		counts.connectionsTotal++;
		knocking.add(accepted);
		try {
			const connection = new TcpConnection({ends: await openEnds(accepted, route), limits, clock});
			if (closing) {
				connection.reset();
			}
			connections.add(connection);
			const refusal = await connection.over;
			connections.delete(connection);
			counts.close(connection, refusal);
		} catch (error) {
			counts.refuse(error instanceof Error ? error.message : String(error));
			resetSocket(accepted);
		} finally {
			knocking.delete(accepted);
		}
	};

	await using cleanup = new AsyncDisposableStack();
	for (const route of routes) {
		const server = cleanup.adopt(
			createServer(
				{pauseOnConnect: true, allowHalfOpen: true, noDelay: true},
				accepted => void accept(accepted, route),
			),
			closed,
		);
		await listenAt(server, route.listen);
	}
	const servers = cleanup.move();
	return {
		counters: () => counts.withOpen(connections),
		async [Symbol.asyncDispose]() {
			closing = true;
			const allClosed = servers.disposeAsync();
			for (const connection of connections) {
				connection.reset();
			}
			for (const accepted of knocking) {
				resetSocket(accepted);
			}
			await allClosed;
		},
	};
}

async function listenAt(server: Server, listen: CarriedRoute['listen']): Promise<void> {
	server.listen({...listen, backlog: listenBacklog});
	try {
		await once(server, 'listening');
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('DATA_SERVER_FAILED', `a data server cannot listen as promised: ${reason}`, {
			hint: 'ask again; control servers on one host need --data-ports that do not overlap',
			cause,
		});
	}
}

async function closed(server: Server): Promise<void> {
	server.close();
	// A listener that never listened is closed already.
	if (server.listening) {
		await once(server, 'close');
	}
}

/** What the kernel holds of connections that come at once; it takes no more than net.core.somaxconn. */
const listenBacklog = 4096;
