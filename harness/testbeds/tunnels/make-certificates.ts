import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {TunnelCredentials} from '#core/control/tunnel-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import type {Tunnel} from '#core/scenario/tunnel-schema.ts';

/**
 * Certificates of two gateways under one authority, made for a run and kept in no file after this. The consumer's is what the scenario
 * asks for: valid, signed by an authority of its own, or past its time. Rejects with TOOL_MISSING without openssl.
 */
export async function makeCertificates(
	consumers: Tunnel['certificates'],
): Promise<Record<'inbound' | 'outbound', TunnelCredentials>> {
	const openssl = opensslPath();
	const folder = await mkdtemp(join(tmpdir(), 'streambed-certificates-'));
	const file = (name: string) => join(folder, name);
	const run = (...parameters: readonly string[]) => promisify(execFile)(openssl, parameters);

	async function makeAuthority(name: string): Promise<void> {
		const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
		await run('req', '-x509', ...newKey, ...files, '-subj', `/CN=${name}`, '-days', '2');
	}

	async function sign(name: string, {authority, days}: {readonly authority: string; readonly days: number}) {
		const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)];
		await run('req', ...newKey, ...files, '-subj', `/CN=${name}`);
		const signer = ['-CA', file(`${authority}.pem`), '-CAkey', file(`${authority}.key`), '-CAcreateserial'];
		await run('x509', '-req', '-in', file(`${name}.csr`), '-out', file(`${name}.pem`), ...signer, '-days', `${days}`);
		const read = (path: string) => readFile(file(path), 'utf8');
		const [certificatePem, keyPem, authorityPem] = await Promise.all(
			[`${name}.pem`, `${name}.key`, `${ownAuthority}.pem`].map(read),
		);
		return {
			kind: 'certificate',
			certificatePem: certificatePem ?? '',
			keyPem: keyPem ?? '',
			authorityPem: authorityPem ?? '',
		} as const;
	}

	try {
		await Promise.all([makeAuthority(ownAuthority), makeAuthority(foreignAuthority)]);
		const inbound = await sign('inbound', {authority: ownAuthority, days: 2});
		const outbound = await sign('outbound', {
			authority: consumers === 'foreign' ? foreignAuthority : ownAuthority,
			days: consumers === 'expired' ? -1 : 2,
		});
		return {inbound, outbound};
	} finally {
		await rm(folder, {recursive: true});
	}
}

function opensslPath(): string {
	const path = findProgram('openssl');
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', 'certificates for mtls are made by openssl, which is not installed', {
			hint: 'apt-get install --yes openssl',
		});
	}
	return path;
}

const ownAuthority = 'authority';
const foreignAuthority = 'foreign-authority';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
