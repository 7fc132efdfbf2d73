import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {GatewaySetup} from '#core/control/tunnel-messages.ts';
import type {SiteCredentials} from '../control/site-credentials.ts';

/** Writes what the control server reads from files, for its own user alone. */
export function writeGatewayFiles({folder, tokens, credentials}: GatewaySetup): {
	readonly tokensFile: string;
	readonly credentials: SiteCredentials | undefined;
} {
	const write = (name: string, text: string): string => {
		const file = join(folder, name);
		writeFileSync(file, text, {mode: 0o600});
		return file;
	};
	const tokensFile = write('tokens', tokens.map(({name, token}) => `${name} ${token}\n`).join(''));
	switch (credentials?.kind) {
		case undefined:
			return {tokensFile, credentials: undefined};
		case 'shared-secret':
			return {
				tokensFile,
				credentials: {kind: 'shared-secret', secretFile: write('secret', credentials.secret)},
			};
		case 'certificate':
			return {
				tokensFile,
				credentials: {
					kind: 'certificate',
					certificateFile: write('own.pem', credentials.certificatePem),
					keyFile: write('own.key', credentials.keyPem),
					authorityFile: write('authority.pem', credentials.authorityPem),
				},
			};
		default:
			return credentials satisfies never;
	}
}
