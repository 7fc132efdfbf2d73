import {hkdfSync} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CertificateCredentials, DataServerCredentials} from '../data-servers/data-server.ts';
import {readSecret} from './read-secret.ts';

/** What a gateway has to encrypt the wide area with: a certificate, or a secret that the other gateway holds as well. */
export type SiteCredentials =
	| ({readonly kind: 'certificate'} & CertificateCredentials)
	| {readonly kind: 'shared-secret'; readonly secretFile: string};

/**
 * The credentials of one session's data server.
 *
 * From a shared secret every session gets a key of its own, which both gateways derive from the session's uid (HKDF, SHA-256): no
 * tenant holds another's key, and a key ends with its session. Its file stands in the session's folder. Throws USAGE when the
 * secret cannot be read or is shorter than 32 bytes.
 */
export function sessionCredentials(
	site: SiteCredentials,
	{uid, folder}: {readonly uid: string; readonly folder: string},
): DataServerCredentials {
	switch (site.kind) {
		case 'certificate': {
			const {kind: _, ...credentials} = site;
			return credentials;
		}
		case 'shared-secret': {
			const key = hkdfSync('sha256', readSecret(site.secretFile), '', `streambed data server ${uid}`, 32);
			const presharedKeyFile = join(folder, 'key');
			writeFileSync(presharedKeyFile, `${uid}:${Buffer.from(key).toString('hex')}\n`, {mode: 0o600});
			return {presharedKeyFile, identity: uid};
		}
		default:
			return site satisfies never;
	}
}
