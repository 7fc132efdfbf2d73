import {readFileSync} from 'node:fs';
import {createSecureContext} from 'node:tls';
import {StreambedError} from '#core/errors.ts';
import type {CertificateCredentials, DataServerKind} from '../data-servers/data-server.ts';
import {readSecret} from './read-secret.ts';
import type {SiteCredentials} from './site-credentials.ts';

/**
 * Holds what a gateway was given against what its data server takes, so that it is refused before the first stream. Throws USAGE when it
 * is missing, of another kind or an unfit secret, and CERTIFICATE_INVALID when certificate, key or authority cannot be used.
 *
 * Whether a certificate is valid today is no matter of the start: it is read anew for each stream, and the other side judges it.
 */
export function checkSiteCredentials(kind: DataServerKind, given: SiteCredentials | undefined): void {
	const wanted = wantedBy[kind];
	if (given?.kind !== wanted) {
		throw new StreambedError('USAGE', complaint(kind, given), {hint: hints[wanted ?? 'none']});
	}
	switch (given?.kind) {
		case undefined:
			return;
		case 'shared-secret':
			readSecret(given.secretFile);
			return;
		case 'certificate':
			checkCertificate(given);
			return;
		default:
			given satisfies never;
	}
}

function complaint(kind: DataServerKind, given: SiteCredentials | undefined): string {
	if (wantedBy[kind] === undefined) {
		return `${kind} encrypts nothing, but was given ${given?.kind === 'certificate' ? 'a certificate' : 'a secret'}`;
	}
	return wantedBy[kind] === 'certificate'
		? `${kind} needs a certificate, its key and an authority`
		: `${kind} needs a secret that both sites share`;
}

function checkCertificate({certificateFile, keyFile, authorityFile}: CertificateCredentials): void {
	try {
		createSecureContext({
			cert: readFileSync(certificateFile),
			key: readFileSync(keyFile),
			ca: readFileSync(authorityFile),
		});
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('CERTIFICATE_INVALID', `the credentials of mtls cannot be used: ${reason}`, {
			hint: '--tunnel-cert, --tunnel-key and --tunnel-authority are PEM files, and the key is the certificate’s',
			cause,
		});
	}
}

const wantedBy = {
	relay: undefined,
	mtls: 'certificate',
	haproxy: undefined,
	nginx: undefined,
	stunnel: 'shared-secret',
	udp: undefined,
} as const satisfies Record<DataServerKind, SiteCredentials['kind'] | undefined>;

const hints = {
	certificate: 'give --tunnel-cert, --tunnel-key and --tunnel-authority',
	'shared-secret': 'give --secret FILE, the same at both sites; make one with: openssl rand -hex 32',
	none: 'ask for --data-server mtls or stunnel, or give no credentials',
} as const;
