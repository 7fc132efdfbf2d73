import {readFileSync} from 'node:fs';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {ControlConnection} from '#proxies/scistream/control-connection.ts';
import {type Endpoint, parseEndpoint} from '#proxies/scistream/endpoint.ts';

/** What it takes to speak to one control server. */
export type ControlAccess = {
	readonly s2cs: string;
	readonly serverCert?: string;
	readonly tokenFile?: string;
	/** Instead of a file; from the environment, never from a flag, which every user of the machine could read. */
	readonly token?: string | undefined;
	readonly timeoutSeconds: Seconds;
};

/** A connection to the server; nothing is sent yet. Throws USAGE or CERTIFICATE_INVALID when a file cannot be read. */
export function connectControl(access: ControlAccess, clock: Clock = realClock): ControlConnection {
	const token = access.tokenFile === undefined ? access.token : readToken(access.tokenFile);
	return new ControlConnection({
		server: endpointOf('--s2cs', access.s2cs),
		...(access.serverCert !== undefined && {certificate: readCertificate(access.serverCert)}),
		...(token !== undefined && {token}),
		callSeconds: access.timeoutSeconds,
		clock,
	});
}

/** Reads `host:port` of a flag; throws USAGE with the flag's name. */
export function endpointOf(flag: string, text: string): Endpoint {
	const endpoint = parseEndpoint(text);
	if (!endpoint) {
		throw new StreambedError('USAGE', `${flag}: ${JSON.stringify(text)} is not host:port`, {
			hint: 'for example 127.0.0.1:5000',
		});
	}
	return endpoint;
}

function readToken(file: string): string {
	const token = readFlagFile('--token-file', file).toString('utf8').trim();
	if (!/^[\x21-\x7e]+$/.test(token)) {
		throw new StreambedError('USAGE', `--token-file: ${file} does not hold one token`, {
			hint: 'a token is one line of printable ASCII without spaces',
		});
	}
	return token;
}

function readCertificate(file: string): Buffer {
	const certificate = readFlagFile('--server-cert', file);
	if (!certificate.includes('-----BEGIN CERTIFICATE-----')) {
		throw new StreambedError('CERTIFICATE_INVALID', `--server-cert: ${file} holds no certificate in PEM form`);
	}
	return certificate;
}

function readFlagFile(flag: string, file: string): Buffer {
	try {
		return readFileSync(file);
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('USAGE', `${flag}: ${reason}`, {cause});
	}
}
