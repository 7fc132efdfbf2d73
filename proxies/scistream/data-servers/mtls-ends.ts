import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {connect as connectTcp, isIP} from 'node:net';
import {
	type ConnectionOptions,
	checkServerIdentity,
	connect,
	createSecureContext,
	type PeerCertificate,
	type SecureContextOptions,
} from 'node:tls';
import {StreambedError} from '#core/errors.ts';
import {acceptTls} from './accept-tls.ts';
import type {BufferPool} from './buffer-pool.ts';
import type {CarriedRoute, SessionPlan} from './carrier-messages.ts';
import {plainClient, plainTarget} from './relay-ends.ts';
import type {TcpEnd} from './tcp-connection.ts';
import type {OpenEnds} from './tcp-session.ts';
import {tlsEnd} from './tls-end.ts';

/**
 * One end plain, the one towards the wide area TLS 1.3 with certificates checked on both sides: the outbound side is the TLS
 * client, the inbound side the TLS server. Rejects with DATA_SERVER_FAILED when the credentials cannot be used.
 */
export async function mtlsEnds({side, credentials}: SessionPlan, pool: BufferPool): Promise<OpenEnds> {
	if (!credentials) {
		throw new StreambedError('DATA_SERVER_FAILED', 'mtls was given no certificate', {
			hint: 'give its gateway --tunnel-cert, --tunnel-key and --tunnel-authority',
		});
	}
	const context = await readContext(credentials);
	const {peerName} = credentials;
	const nameMismatch = (certificate: PeerCertificate) =>
		peerName === undefined ? undefined : checkServerIdentity(peerName, certificate);
	if (side === 'outbound') {
		const servername = peerName === undefined || isIP(peerName) !== 0 ? {} : {servername: peerName};
		const options: ConnectionOptions = {
			secureContext: createSecureContext(context),
			...servername,
			checkServerIdentity: (_: string, peer: PeerCertificate) => nameMismatch(peer),
		};
		return async (accepted, route) => ({client: plainClient(accepted, pool), target: tlsTarget(route, options, pool)});
	}
	return async (raw, route) => {
		// Who is not let in does not reach the target either.
		const socket = await acceptTls(raw, {context, nameMismatch});
		return {client: tlsEnd({raw, socket, pool}), target: plainTarget(route, pool)};
	};
}

async function readContext({
	certificateFile,
	keyFile,
	authorityFile,
}: NonNullable<SessionPlan['credentials']>): Promise<SecureContextOptions> {
	try {
		const [cert, key, ca] = await Promise.all([readFile(certificateFile), readFile(keyFile), readFile(authorityFile)]);
		const context: SecureContextOptions = {cert, key, ca, minVersion: 'TLSv1.3', ciphers};
		createSecureContext(context);
		return context;
	} catch (cause) {
		const said = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('DATA_SERVER_FAILED', `the credentials of mtls cannot be used: ${said}`, {
			hint: 'certificate, key and authority are PEM files, and the key is the certificate’s',
			cause,
		});
	}
}

function tlsTarget({target}: CarriedRoute, options: ConnectionOptions, pool: BufferPool): TcpEnd {
	const raw = connectTcp({...target, allowHalfOpen: true, noDelay: true});
	const socket = connect({...options, socket: raw});
	return tlsEnd({raw, socket, pool, ready: once(socket, 'secureConnect').then(() => {})});
}

/** The shortest key first: encryption sets the pace, and 128 bits are enough for any stream. */
const ciphers = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
