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
import {connectionFailure} from './connection-failure.ts';
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
		let isHeard = false;
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
					reject(this.#explain(method, error, isHeard || cameFromServer(error)));
				} else {
					resolve(answer as Answer);
				}
			},
		);
		call.once('metadata', () => {
			isHeard = true;
		});
		const onAbort = () => call.cancel();
		signal.addEventListener('abort', onAbort, {once: true});
		return promise.finally(() => signal.removeEventListener('abort', onAbort));
	}

	#explain({path}: {readonly path: string}, error: ServiceError, saysServer: boolean): StreambedError {
		const method = path.slice(path.lastIndexOf('/') + 1);
		const {callSeconds, token, certificate} = this.#options;
		if (error.code === status.UNAVAILABLE && !saysServer) {
			const failure = connectionFailure(error.details, {isTls: certificate !== undefined});
			return new StreambedError(
				'SERVER_UNREACHABLE',
				`the control server ${this.name} cannot be reached: ${failure.reason}`,
				{hint: failure.hint, cause: error},
			);
		}
		if (error.code === status.DEADLINE_EXCEEDED && !saysServer) {
			return new StreambedError('SERVER_UNREACHABLE', `${this.name} did not answer ${method} within ${callSeconds} s`, {
				hint: 'ask again, or allow more with --timeout',
				cause: error,
			});
		}
		return new StreambedError(
			'CALL_REFUSED',
			`${this.name} refused ${method}: ${status[error.code]}: ${error.details}`,
			{
				...(error.code === status.UNAUTHENTICATED && {hint: token === undefined ? giveToken : checkToken}),
				cause: error,
			},
		);
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

/** Whether a server's answer brought the error, and not the library, which uses some of the same statuses: only answers have heads. */
const cameFromServer = ({metadata}: ServiceError): boolean => metadata.get('content-type').length > 0;

const giveToken = 'give a token with --token-file or in STREAMBED_TOKEN';
const checkToken =
	'the token that was given is not one of that server’s, or no longer: see --token-file and STREAMBED_TOKEN';
