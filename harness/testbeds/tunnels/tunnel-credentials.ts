import {randomBytes} from 'node:crypto';
import type {TunnelCredentials} from '#core/control/tunnel-messages.ts';
import type {Tunnel} from '#core/scenario/tunnel-schema.ts';
import {makeCertificates} from './make-certificates.ts';

/**
 * What the gateways of a tunnel encrypt with, made for this run alone: nothing where the data server does not encrypt. Rejects with
 * TOOL_MISSING where certificates are needed and openssl is not there.
 */
export async function tunnelCredentials({
	dataServer,
	certificates,
}: Pick<Tunnel, 'dataServer' | 'certificates'>): Promise<Partial<Record<'inbound' | 'outbound', TunnelCredentials>>> {
	switch (dataServer) {
		case 'direct':
		case 'relay':
		case 'haproxy':
		case 'nginx':
			return {};
		case 'stunnel': {
			const secret = {kind: 'shared-secret', secret: randomBytes(32).toString('hex')} as const;
			return {inbound: secret, outbound: secret};
		}
		case 'mtls':
			return makeCertificates(certificates);
		default:
			return dataServer satisfies never;
	}
}
