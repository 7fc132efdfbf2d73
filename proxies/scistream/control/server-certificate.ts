import {createPrivateKey, X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {ServerCredentials} from '@grpc/grpc-js';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';

/** The certificate that a control server shows, and its key: PEM files. */
export type ServerCertificate = {readonly certificateFile: string; readonly keyFile: string};

/**
 * Credentials for TLS 1.2 and newer. Throws CERTIFICATE_INVALID when a file cannot be read, the key is another certificate's, or the
 * certificate is not valid by this machine's clock: no client would accept it.
 */
export function serverCredentials({certificateFile, keyFile}: ServerCertificate, clock: Clock): ServerCredentials {
	const [certificate, key] = [readPem(certificateFile), readPem(keyFile)];
	try {
		const parsed = new X509Certificate(certificate);
		checkValidity(parsed, certificateFile, clock);
		if (!parsed.checkPrivateKey(createPrivateKey(key))) {
			throw new Error('the key is not that of the certificate');
		}
		return ServerCredentials.createSsl(null, [{cert_chain: certificate, private_key: key}]);
	} catch (cause) {
		if (cause instanceof StreambedError) {
			throw cause;
		}
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw invalid(`the certificate ${certificateFile} and the key ${keyFile} cannot be used: ${reason}`, {cause});
	}
}

function checkValidity(certificate: X509Certificate, file: string, clock: Clock): void {
	const now = new Date(clock.wallMs());
	const hint = `this machine's clock says ${now.toISOString()}: set it, or make a new certificate`;
	if (now < certificate.validFromDate) {
		throw invalid(`the certificate ${file} is not valid before ${certificate.validFromDate.toISOString()}`, {hint});
	}
	if (now > certificate.validToDate) {
		throw invalid(`the certificate ${file} expired on ${certificate.validToDate.toISOString()}`, {hint});
	}
}

function readPem(file: string): Buffer {
	try {
		return readFileSync(file);
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw invalid(`reading a certificate or key failed: ${reason}`, {cause});
	}
}

const invalid = (message: string, options: {readonly hint?: string; readonly cause?: unknown}): StreambedError =>
	new StreambedError('CERTIFICATE_INVALID', message, options);
