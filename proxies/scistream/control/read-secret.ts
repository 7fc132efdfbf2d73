import {readFileSync} from 'node:fs';
import {StreambedError} from '#core/errors.ts';

/** The secret that two gateways share. Throws USAGE when it cannot be read or is shorter than 32 bytes. */
export function readSecret(file: string): Buffer {
	try {
		const secret = readFileSync(file);
		if (secret.length >= secretBytesMin) {
			return secret;
		}
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('USAGE', `reading the shared secret failed: ${reason}`, {cause});
	}
	throw new StreambedError('USAGE', `the shared secret in ${file} is shorter than ${secretBytesMin} bytes`, {
		hint: 'make one with: openssl rand -hex 32',
	});
}

const secretBytesMin = 32;
