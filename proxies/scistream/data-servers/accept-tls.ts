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
		// Looked at below: node would close the connection in order, and the peer would take that for the end of the data.
		rejectUnauthorized: false,
		pauseOnConnect: true,
		handshakeTimeout: handshakeLimitMs,
	});
	const {promise, resolve, reject} = Promise.withResolvers<TLSSocket>();
	server.once('secureConnection', resolve);
	server.once('tlsClientError', reject);
	server.emit('connection', raw);
	const socket = await promise;
	if (!socket.authorized) {
		throw new Error(`the peer’s certificate does not hold: ${String(socket.authorizationError)}`);
	}
	const mismatch = nameMismatch(socket.getPeerCertificate());
	if (mismatch) {
		throw mismatch;
	}
	return socket;
}

const handshakeLimitMs = 10_000;
