import {StreambedError} from '#core/errors.ts';
import type {
	CertificateCredentials,
	DataServerCredentials,
	DataServerKind,
	PresharedKeyCredentials,
} from './data-server.ts';

type Given = DataServerCredentials | undefined;

/** For a data server that encrypts nothing: who gives it credentials believes that it does. */
export function refuseCredentials(kind: DataServerKind, credentials: Given): void {
	if (credentials) {
		throw new StreambedError('DATA_SERVER_FAILED', `${kind} encrypts nothing, but was given credentials`, {
			hint: 'ask for mtls or stunnel, or give no credentials',
		});
	}
}

export function requireCertificate(kind: DataServerKind, credentials: Given): CertificateCredentials {
	if (!credentials || !('certificateFile' in credentials)) {
		throw new StreambedError('DATA_SERVER_FAILED', `${kind} was given no certificate`, {
			hint: 'give its gateway --tunnel-cert, --tunnel-key and --tunnel-authority',
		});
	}
	return credentials;
}

export function requirePresharedKey(kind: DataServerKind, credentials: Given): PresharedKeyCredentials {
	if (!credentials || !('presharedKeyFile' in credentials)) {
		throw new StreambedError('DATA_SERVER_FAILED', `${kind} was given no pre-shared key`, {
			hint: 'give its gateway --secret, the same as at the other site',
		});
	}
	return credentials;
}
