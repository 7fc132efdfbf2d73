import {isIP} from 'node:net';
import {type PeerCertificate, checkServerIdentity as tlsCheckServerIdentity} from 'node:tls';
import {
	Client,
	type ClientUnaryCall,
	credentials,
	Metadata,
	type MethodDefinition,
	type ServiceError,
	status,
} from '@grpc/grpc-js';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {
	controlService,
	noToken,
	sessionsService,
	type WireAppResponse,
	type WireHello,
	type WireList,
	type WireRelease,
	type WireRequest,
	type WireResponse,
	type WireStatus,
	type WireUpdate,
} from './control-protocol.ts';
import {type Endpoint, formatEndpoint} from './endpoint.ts';

export type ConnectionOptions = {
	readonly server: Endpoint;
	/** PEM text of the server's self-signed certificate, or of the authority behind it; without it the channel is plain. */
	readonly certificate?: Buffer;
	/** Never part of a message or an error. */
	readonly token?: string;
	/** How long a call may take. */
	readonly callSeconds: Seconds;
	readonly clock: Clock;
};

/**
 * A connection to a control server, ours or an original one; a method for each call. A call rejects with SERVER_UNREACHABLE when it
 * cannot be made or is not answered in time, with CALL_REFUSED when the server does not do it, and with the signal's reason.
 */
export class ControlConnection implements Disposable {
	readonly name: string;
	readonly clock: Clock;
	readonly #client: Client;
	readonly #metadata = new Metadata();
	readonly #options: ConnectionOptions;

	constructor(options: ConnectionOptions) {
		this.#options = options;
		this.clock = options.clock;
		this.name = formatEndpoint(options.server);
		this.#client = makeClient(this.name, options);
		this.#metadata.set('authorization', options.token ?? noToken);
	}

	request(message: WireRequest, signal: AbortSignal): Promise<WireResponse> {
		return this.#call(controlService.req, message, signal);
	}

	hello(message: WireHello, signal: AbortSignal): Promise<WireAppResponse> {
		return this.#call(controlService.hello, message, signal);
	}

	update(message: WireUpdate, signal: AbortSignal): Promise<WireResponse> {
		return this.#call(controlService.update, message, signal);
	}

	release(message: WireRelease, signal: AbortSignal): Promise<WireResponse> {
		return this.#call(controlService.release, message, signal);
	}

	/** Only of a server of ours. */
	status(uid: string, signal: AbortSignal): Promise<WireStatus> {
		return this.#call(sessionsService.status, {uid}, signal);
	}

	/** Only of a server of ours: the caller's own sessions. */
	list(signal: AbortSignal): Promise<WireList> {
		return this.#call(sessionsService.list, {}, signal);
	}

	[Symbol.dispose](): void {
		this.#client.close();
	}

	#call<Message, Answer>(
		method: MethodDefinition<Message, Answer>,
		message: Message,
		signal: AbortSignal,
	): Promise<Answer> {
		signal.throwIfAborted();
		const {callSeconds, clock} = this.#options;
		const {promise, resolve, reject} = Promise.withResolvers<Answer>();
		const call: ClientUnaryCall = this.#client.makeUnaryRequest(
			method.path,
			method.requestSerialize,
			method.responseDeserialize,
			message,
			this.#metadata,
			{deadline: new Date(clock.wallMs() + callSeconds * 1000)},
			(error, answer) => {
				if (signal.aborted) {
					reject(signal.reason as Error);
				} else if (error) {
					reject(this.#explain(method, error));
				} else {
					resolve(answer as Answer);
				}
			},
		);
		const onAbort = () => call.cancel();
		signal.addEventListener('abort', onAbort, {once: true});
		return promise.finally(() => signal.removeEventListener('abort', onAbort));
	}

	#explain({path}: {readonly path: string}, error: ServiceError): StreambedError {
		const method = path.slice(path.lastIndexOf('/') + 1);
		const said = `${status[error.code]}: ${error.details}`;
		if (error.code === status.UNAVAILABLE && !saysServer.test(error.details)) {
			return new StreambedError(
				'SERVER_UNREACHABLE',
				`the control server ${this.name} cannot be reached: ${error.details}`,
				{
					hint: reachHint(error.details),
					cause: error,
				},
			);
		}
		if (error.code === status.DEADLINE_EXCEEDED && !saysServer.test(error.details)) {
			const {callSeconds} = this.#options;
			return new StreambedError('SERVER_UNREACHABLE', `${this.name} did not answer ${method} within ${callSeconds} s`, {
				hint: 'ask again, or allow more with --timeout',
				cause: error,
			});
		}
		return new StreambedError('CALL_REFUSED', `${this.name} refused ${method}: ${said}`, {
			...(error.code === status.UNAUTHENTICATED && {hint: 'give a token with --token-file or in STREAMBED_TOKEN'}),
			cause: error,
		});
	}
}

function makeClient(name: string, {server: {host}, certificate}: ConnectionOptions): Client {
	const direct = {'grpc.enable_http_proxy': 0};
	if (!certificate) {
		return new Client(name, credentials.createInsecure(), direct);
	}
	if (isIP(host) === 0) {
		return new Client(name, credentials.createSsl(certificate), direct);
	}
	// An address is no server name in TLS, and the library would send it as one: a name that means nothing goes in its place, and
	// the certificate is held against the address itself.
	const checkServerIdentity = (_: string, peer: PeerCertificate) => tlsCheckServerIdentity(host, peer);
	const channel = credentials.createSsl(certificate, null, null, {checkServerIdentity});
	return new Client(name, channel, {...direct, 'grpc.ssl_target_name_override': 'control-server'});
}

/** The gRPC status that a refused call came back with; undefined for any other error. */
export function refusalStatus(error: unknown): status | undefined {
	const isRefusal = error instanceof StreambedError && error.code === 'CALL_REFUSED';
	return isRefusal ? (error.cause as ServiceError).code : undefined;
}

/** Sentences of a server of ours under a status that the library uses as well. */
const saysServer = /^(?:the control server ends|no hello came)/;

/** What to do about a connection that does not come about, from what the library says of it. */
function reachHint(details: string): string {
	const hints: ReadonlyArray<readonly [RegExp, string]> = [
		[
			/altnames|ERR_TLS_CERT_ALTNAME/,
			'the certificate does not name this host: connect by a name that it carries, or make one that names it',
		],
		[
			/not yet valid|CERT_NOT_YET_VALID/,
			'the certificate begins later than this machine’s clock says: compare the clocks of both machines',
		],
		[
			/expired|CERT_HAS_EXPIRED/,
			'the certificate has ended by this machine’s clock: compare the clocks, or ask for a new one',
		],
		[
			/self.signed|unable to (?:verify|get)|SELF_SIGNED/,
			'this is not the certificate that was given with --server-cert',
		],
		[/wrong version number|packet length|EPROTO/, 'the server speaks no TLS: leave out --server-cert'],
		[/ECONNREFUSED/, 'nothing listens there: is the control server started, and is this its port?'],
		[/ENOTFOUND|Name resolution/, 'no host has that name'],
	];
	return (
		hints.find(([pattern]) => pattern.test(details))?.[1] ?? 'is it started, and does it speak TLS (--server-cert)?'
	);
}
