import {realClock} from '#core/clock.ts';
import type {SiteCredentials} from '#proxies/scistream/control/site-credentials.ts';
import {ControlConnection} from '#proxies/scistream/control-connection.ts';
import type {WireStatus} from '#proxies/scistream/control-protocol.ts';
import type {DataServerFactory} from '#proxies/scistream/data-servers/data-server.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';
import {freshUid} from '#proxies/scistream/fresh-uid.ts';
import {setUpBoth} from '#proxies/scistream/set-up-both.ts';
import {startControlServer, type TestServer} from './control-server.ts';

export type Tunnel = AsyncDisposable & {
	/** Where the consuming application connects to. */
	readonly host: string;
	readonly port: number;
	readonly listeners: readonly string[];
	readonly producer: TestServer;
	readonly consumer: TestServer;
	status(): Promise<{readonly producer: WireStatus; readonly consumer: WireStatus}>;
	/** Ends the session at both, and leaves the servers. */
	release(): Promise<void>;
};

/** Two control servers on loopback and a session across them, set up as a user client does: consumer → gateways → target. */
export async function openTunnel({
	factory,
	target,
	credentials,
}: {
	readonly factory: DataServerFactory;
	/** `host:port` of the producing application. */
	readonly target: string;
	readonly credentials?: {readonly producer: SiteCredentials; readonly consumer: SiteCredentials};
}): Promise<Tunnel> {
	await using cleanup = new AsyncDisposableStack();
	const start = async (dataPorts: readonly [number, number], own: SiteCredentials | undefined) => {
		const server = cleanup.use(await startControlServer({factory, dataPorts, ...(own && {credentials: own})}));
		const endpoint = parseEndpoint(server.address);
		if (!endpoint) {
			throw new Error(`${server.address} is no endpoint`);
		}
		return {
			server,
			connection: cleanup.use(new ControlConnection({server: endpoint, callSeconds: 10, clock: realClock})),
		};
	};
	const producer = await start([21_500, 21_519], credentials?.producer);
	const consumer = await start([21_520, 21_539], credentials?.consumer);
	const {signal} = new AbortController();
	const setup = await setUpBoth({
		producer: producer.connection,
		consumer: consumer.connection,
		uid: freshUid(),
		connectionCount: 1,
		rateMegabitsPerSecond: 0,
		targets: [target],
		signal,
	});
	const {uid} = setup;
	const {host, port} = parseEndpoint(setup.outbound.listeners[0] ?? '') ?? {host: '', port: 0};
	const resources = cleanup.move();
	return {
		host,
		port,
		listeners: [...setup.inbound.listeners, ...setup.outbound.listeners],
		producer: producer.server,
		consumer: consumer.server,
		status: async () => ({
			producer: await producer.connection.status(uid, signal),
			consumer: await consumer.connection.status(uid, signal),
		}),
		release: async () => {
			await Promise.all([producer, consumer].map(({connection}) => connection.release({uid}, signal)));
		},
		[Symbol.asyncDispose]: () => resources.disposeAsync(),
	};
}
