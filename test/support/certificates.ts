import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {CertificateCredentials} from '#proxies/scistream/data-servers/data-server.ts';

/** An authority of the test's own in a folder, that signs certificates for names. */
export async function makeAuthority(folder: string, name: string) {
	const openssl = (...parameters: string[]) => promisify(execFile)('openssl', parameters);
	const file = (ending: string) => join(folder, `${name}.${ending}`);
	const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
	const [key, certificate] = [file('key'), file('pem')];
	await openssl('req', '-x509', ...newKey, '-keyout', key, '-out', certificate, '-subj', `/CN=${name}`, '-days', '2');
	return {
		authorityFile: certificate,
		/** `expired`: its time was over before it was made. */
		async sign(subject: string, {expired = false} = {}): Promise<CertificateCredentials> {
			const own = (ending: string) => file(`${subject}${expired ? '-expired' : ''}.${ending}`);
			const name = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`];
			await openssl('req', ...newKey, '-keyout', own('key'), '-out', own('csr'), ...name);
			await openssl(
				...['x509', '-req', '-in', own('csr'), '-CA', certificate, '-CAkey', key, '-CAcreateserial'],
				...['-out', own('pem'), '-copy_extensions', 'copy', '-days', expired ? '-1' : '2'],
			);
			return {certificateFile: own('pem'), keyFile: own('key'), authorityFile: certificate};
		},
	};
}
