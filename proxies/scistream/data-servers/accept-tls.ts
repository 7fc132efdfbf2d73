import type {Socket} from 'node:net';
import {createServer, type PeerCertificate, type SecureContextOptions, type TLSSocket} from 'node:tls';

/**
 * Shakes hands as the TLS server on a connection that a plain listener accepted; the peer must show a certificate. Rejects
 * with why it was not let in.
 *
 * A server of its own for each connection tells which one an error is about; it never listens.
 */
export async function acceptTls(
	raw: Socket,
	{
		context,
		nameMismatch,
	}: {
		readonly context: SecureContextOptions;
		readonly nameMismatch: (certificate: PeerCertificate) => Error | undefined;
	},
): Promise<TLSSocket> {
	const server = createServer({
		...context,
		requestCert: true,
		rejectUnauthorized: true,
		pauseOnConnect: true,
		handshakeTimeout: handshakeLimitMs,
	});
	const {promise, resolve, reject} = Promise.withResolvers<TLSSocket>();
	server.once('secureConnection', resolve);
	server.once('tlsClientError', (error, {authorizationError}) => {
		// Of a certificate that does not hold, the error says only that the connection ended; why stands on the socket.
		const why: unknown = authorizationError;
		reject(why ? new Error(`the peer’s certificate does not hold: ${why}`) : error);
	});
	server.emit('connection', raw);
	const socket = await promise;
	const mismatch = nameMismatch(socket.getPeerCertificate());
	if (mismatch) {
		throw mismatch;
	}
	return socket;
}

const handshakeLimitMs = 10_000;
