import assert from 'node:assert/strict';
import {createSocket, type RemoteInfo, type Socket} from 'node:dgram';
import {once} from 'node:events';
import type {Clock} from '#core/clock.ts';
import type {CarriedRoute, CarriedSession, SessionPlan} from './carrier-messages.ts';
import type {DataServerCounters} from './data-server.ts';
import {kernelDrops} from './kernel-drops.ts';
import {RateLimit} from './rate-limit.ts';
import {SessionCounts} from './session-counts.ts';
import {socketBufferBytes, UdpFlow, type UdpFlowOptions} from './udp-flow.ts';

/**
 * A session over UDP: every peer of a listener is a flow with a socket of its own to the target. Datagrams are numbered between the
 * two data servers, so that the receiving one sees which never came; the applications at both ends see their own bytes alone.
 */
export async function openUdpSession({
	plan,
	clock,
}: {
	readonly plan: SessionPlan;
	readonly clock: Clock;
}): Promise<CarriedSession> {
	await using cleanup = new AsyncDisposableStack();
	const session = cleanup.use(new UdpSession(plan, clock));
	for (const route of plan.routes) {
		await session.listen(route);
	}
	cleanup.move();
	return session;
}

class UdpSession implements CarriedSession {
	readonly #shared: Pick<UdpFlowOptions, 'numbered' | 'limits'>;
	readonly #listeners: Socket[] = [];
	/** By peer, the one that was silent longest first. */
	readonly #flows = new Map<string, UdpFlow>();
	readonly #counts = new SessionCounts();
	#lostCount = 0;

	constructor({side, bitsPerSecond}: SessionPlan, clock: Clock) {
		const limit = () => (bitsPerSecond === undefined ? undefined : new RateLimit({bitsPerSecond, clock}));
		this.#shared = {
			numbered: side === 'inbound' ? 'listener' : 'target',
			limits: {forward: limit(), backward: limit()},
		};
	}

	async listen(route: CarriedRoute): Promise<void> {
		const listener = createSocket({type: 'udp4', recvBufferSize: socketBufferBytes});
		this.#listeners.push(listener);
		listener.bind(route.listen.port, route.listen.host);
		await once(listener, 'listening');
		listener.on('error', () => this.#lostCount++);
		listener.on('message', (datagram, peer) => void this.#flowOf(peer, listener, route).take(datagram));
	}

	counters(): DataServerCounters {
		const flows = [...this.#flows.values()];
		const flowsLostCount = flows.reduce((sum, {lostCount}) => sum + lostCount, 0);
		return {
			...this.#counts.withOpen(flows),
			datagramsLost: this.#lostCount + flowsLostCount + kernelDrops(this.#plainPorts()),
		};
	}

	async [Symbol.asyncDispose](): Promise<void> {
		const sockets = [...this.#listeners, ...[...this.#flows.values()].map(({socket}) => socket)];
		this.#flows.clear();
		await Promise.all(
			sockets.map(async socket => {
				const closed = once(socket, 'close');
				socket.close();
				await closed;
			}),
		);
	}

	/** Where the kernel may have dropped what no number tells of: the sockets towards the application. */
	#plainPorts(): ReadonlySet<number> {
		const sockets =
			this.#shared.numbered === 'target' ? this.#listeners : [...this.#flows.values()].map(({socket}) => socket);
		return new Set(sockets.map(socket => socket.address().port));
	}

	#flowOf(peer: RemoteInfo, listener: Socket, {target}: CarriedRoute): UdpFlow {
		assert('port' in target, 'datagrams go to a port');
		const key = `${listener.address().port} ${peer.address} ${peer.port}`;
		const known = this.#flows.get(key);
		if (!known) {
			this.#counts.connectionsTotal++;
			this.#makeRoom();
		}
		const flow =
			known ??
			new UdpFlow({
				...this.#shared,
				target,
				answer: {socket: listener, send: (data, done) => listener.send(data, peer.port, peer.address, done)},
			});
		this.#flows.delete(key);
		this.#flows.set(key, flow);
		return flow;
	}

	#makeRoom(): void {
		const [oldest] = this.#flows;
		if (oldest && this.#flows.size >= flowsMax) {
			const [key, flow] = oldest;
			this.#flows.delete(key);
			this.#lostCount += flow.lostCount;
			this.#counts.close(flow, undefined);
			flow.socket.close();
		}
	}
}

/** Beyond so many the one that was silent longest makes room: UDP never says that a flow is over. */
const flowsMax = 4096;
