import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {requirePresharedKey} from './credentials.ts';
import type {DataServerFactory, PresharedKeyCredentials} from './data-server.ts';
import type {ForeignPrograms} from './foreign-programs.ts';
import {type ForeignRoute, type ForeignSession, foreignServer} from './foreign-server.ts';
import {LoggedCounts} from './logged-counts.ts';
import type {PlainPlace} from './open-counts.ts';
import {placeText} from './place-text.ts';
import {requireProgram} from './require-program.ts';

/** stunnel with TLS 1.3 and a pre-shared key, which verifies both sides. */
export const stunnel = encryptingStunnel();

/** The same with programs from elsewhere. */
export function encryptingStunnel(programs?: ForeignPrograms): DataServerFactory {
	return stunnelServer(['sslVersionMin = TLSv1.3', 'ciphersuites = TLS_AES_128_GCM_SHA256'], programs);
}

/**
 * stunnel as the original's default has it: TLS 1.2 with a cipher that **encrypts nothing**, authenticated by the key. For
 * comparison alone; no table offers it.
 */
export const stunnelUnencrypted = stunnelServer([
	'sslVersionMax = TLSv1.2',
	'securityLevel = 0',
	'ciphers = PSK-NULL-SHA256',
]);

function stunnelServer(cipherOptions: readonly string[], programs?: ForeignPrograms): DataServerFactory {
	return foreignServer({
		...(programs && {programs}),
		kind: 'stunnel',
		require: () => requireProgram('stunnel4'),
		checkCredentials: credentials => requirePresharedKey('stunnel', credentials),
		async prepare(session) {
			const {side, routes, folder, credentials} = session;
			const file = join(folder, 'stunnel.conf');
			await writeFile(file, configuration(session, {key: requirePresharedKey('stunnel', credentials), cipherOptions}));
			const counts = new LoggedCounts();
			return {
				parameters: [file],
				onLine: line => readLine(line, {side, counts}),
				counters: pid => counts.withOpen({pid, plainPlaces: routes.flatMap(route => plainPlace(side, route))}),
			};
		},
	});
}

function configuration(
	{side, routes}: ForeignSession,
	{key, cipherOptions}: {readonly key: PresharedKeyCredentials; readonly cipherOptions: readonly string[]},
): string {
	return [
		'foreground = yes',
		'pid =',
		'debug = notice',
		...routes.flatMap(({listen, target}, index) => [
			`[route-${index}]`,
			`client = ${side === 'outbound' ? 'yes' : 'no'}`,
			`accept = ${'path' in listen ? listen.path : placeText(listen)}`,
			`connect = ${placeText(target)}`,
			`PSKsecrets = ${key.presharedKeyFile}`,
			...(side === 'outbound' ? [`PSKidentity = ${key.identity}`] : []),
			...cipherOptions,
			// In seconds, 23 days; it counts in milliseconds of 31 bits.
			'TIMEOUTidle = 2000000',
		]),
		'',
	].join('\n');
}

/** The end of a connection that is not encrypted: towards the target on the inbound side, from the client on the other. */
function plainPlace(side: ForeignSession['side'], {listen, target}: ForeignRoute): readonly PlainPlace[] {
	if (side === 'inbound') {
		return [{remote: target}];
	}
	return 'path' in listen ? [] : [{local: listen}];
}

/** At the level `notice` stunnel says of every connection when it comes and what it has carried when it goes. */
function readLine(
	line: string,
	{side, counts}: {readonly side: ForeignSession['side']; readonly counts: LoggedCounts},
): void {
	if (line.includes(' accepted connection from ')) {
		counts.connectionsTotal++;
		return;
	}
	const [, failed, reason] = /LOG3\[(\d+)\]: (.*)/.exec(line) ?? [];
	if (failed !== undefined && reason !== undefined) {
		counts.refuse(failed, withExplanation(reason));
	}
	const [, toTls, toSocket] = /(\d+) byte\(s\) sent to TLS, (\d+) byte\(s\) sent to socket/.exec(line) ?? [];
	const connection = /LOG\d\[(\d+)\]/.exec(line)?.[1];
	if (connection !== undefined && toTls !== undefined) {
		const [toTarget, toClient] = side === 'outbound' ? [toTls, toSocket] : [toSocket, toTls];
		counts.close(connection, {bytesForward: Number(toTarget), bytesBackward: Number(toClient)});
	}
}

/** What is wrong with a key, OpenSSL says in the words of the protocol. */
function withExplanation(reason: string): string {
	const isAboutKey = /binder does not verify|alert illegal parameter|psk identity not found|alert decrypt error/.test(
		reason,
	);
	return isAboutKey ? `${reason} (the two sites’ secrets are not the same)` : reason;
}
