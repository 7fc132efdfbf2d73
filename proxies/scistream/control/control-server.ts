import {Server, ServerCredentials} from '@grpc/grpc-js';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {controlService, sessionsService} from '../control-protocol.ts';
import type {DataServerFactory} from '../data-servers/data-server.ts';
import {endIdleCarriers} from '../data-servers/data-servers.ts';
import {type Endpoint, formatEndpoint} from '../endpoint.ts';
import {checkSiteCredentials} from './check-site-credentials.ts';
import {controlHandlers, tolerant} from './control-handlers.ts';
import type {Identify} from './identities.ts';
import type {PortRange} from './port-pool.ts';
import {type ServerCertificate, serverCredentials} from './server-certificate.ts';
import {SessionBook} from './session-book.ts';
import {SessionFolders} from './session-folders.ts';
import type {SiteCredentials} from './site-credentials.ts';

export type ControlServerOptions = {
	/** Port 0 takes any that is free. */
	readonly listen: Endpoint;
	/** Without it the control channel is plain. */
	readonly certificate?: ServerCertificate;
	readonly identify: Identify;
	/** Where data servers listen, and what callers are told instead where that differs. */
	readonly dataHost: string;
	readonly advertisedHost?: string;
	readonly dataPorts: PortRange;
	readonly factory: DataServerFactory;
	/** What encrypts the wide area: `mtls` takes a certificate, `stunnel` a shared secret, the others none. */
	readonly credentials?: SiteCredentials;
	/** Kept over a crash, so that the next server finds what this one left. */
	readonly stateFolder: string;
	readonly sessionCountMax: number;
	readonly setupSeconds: Seconds;
	readonly leaseSeconds: Seconds;
	readonly clock: Clock;
	/** What an operator may want to read, a sentence each; never a secret. */
	readonly onNote: (note: string) => void;
};

/** The control server of one gateway (S2CS), with SciStream's service and ours. */
export class ControlServer implements AsyncDisposable {
	/** Where it listens. */
	readonly endpoint: Endpoint;
	readonly #resources: AsyncDisposableStack;

	private constructor(endpoint: Endpoint, resources: AsyncDisposableStack) {
		this.endpoint = endpoint;
		this.#resources = resources;
	}

	/**
	 * Ends what a killed server left, then listens. Rejects with USAGE or CERTIFICATE_INVALID when the data server could not use its
	 * credentials, with CERTIFICATE_INVALID for those of the control channel, with LISTEN_REFUSED when the address is taken or
	 * not this machine's, and with OUT_REFUSED when the state folder cannot be made.
	 */
	static async start(options: ControlServerOptions): Promise<ControlServer> {
		const {listen, certificate, identify, stateFolder, factory, clock, onNote} = options;
		checkSiteCredentials(factory.kind, options.credentials);
		const credentials = certificate ? serverCredentials(certificate, clock) : ServerCredentials.createInsecure();
		await using resources = new AsyncDisposableStack();
		const server = new Server({'grpc.max_receive_message_length': messageBytesMax});
		// Bound first: a server that cannot listen must not touch the sessions of the one that does.
		const port = await bind(server, listen, credentials);
		resources.defer(() => server.forceShutdown());
		const folders = resources.use(await SessionFolders.open(stateFolder, clock));
		for (const pid of folders.endedPids) {
			onNote(`ended process ${pid}, which a killed control server had left`);
		}
		resources.defer(endIdleCarriers);
		resources.use(await makeReady(options));
		const book = resources.use(
			new SessionBook({...options, folders, onEnd: (uid, reason) => onNote(`session ${uid} ends: ${reason}`)}),
		);
		const onFault = (error: unknown) => onNote(error instanceof Error ? (error.stack ?? error.message) : String(error));
		const handlers = controlHandlers({book, identify, onFault});
		server.addService(tolerant(controlService), handlers.control);
		server.addService(tolerant(sessionsService), handlers.sessions);
		return new ControlServer({host: listen.host, port}, resources.move());
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.#resources.disposeAsync();
	}
}

/** What is missing is only noted here: it may be there when a session is asked for, and is said again then. */
async function makeReady({factory, onNote}: ControlServerOptions): Promise<Disposable | undefined> {
	try {
		await factory.check();
		return factory.keepReady?.();
	} catch (error) {
		onNote(`no session can be had at present: ${error instanceof Error ? error.message : String(error)}`);
		return undefined;
	}
}

function bind(server: Server, listen: Endpoint, credentials: ServerCredentials): Promise<number> {
	const {promise, resolve, reject} = Promise.withResolvers<number>();
	server.bindAsync(formatEndpoint(listen), credentials, (cause, port) => {
		if (cause) {
			server.forceShutdown();
			reject(
				new StreambedError('LISTEN_REFUSED', `listening at ${formatEndpoint(listen)} failed: ${cause.message}`, {
					hint: 'another program listens there, or the address is not this machine’s: name another with --listen',
					cause,
				}),
			);
		} else {
			resolve(port);
		}
	});
	return promise;
}

const messageBytesMax = 1024 * 1024;
