/**
 * Why a connection does not come about and what to do about it, from what the gRPC library says of it: without its own words
 * around the cause, and without the instant of a failure that it knows nothing more of.
 */
export function connectionFailure(
	details: string,
	{isTls}: {readonly isTls: boolean},
): {readonly reason: string; readonly hint: string} {
	const cause = details
		.replace(/^No connection established\. Last error: /, '')
		.replace(/\.? *Resolution note: *$/, '')
		.replaceAll(/\s+/g, ' ')
		.trim();
	const reason = /^Failed to connect\b/.test(cause)
		? 'it ended the connection, or speaks another protocol'
		: cause.replace(/^Error: /, '');
	return {reason, hint: hints.find(([pattern]) => pattern.test(cause))?.[1] ?? (isTls ? mayBePlain : mayBeTls)};
}

const hints: ReadonlyArray<readonly [RegExp, string]> = [
	[
		/altnames|ERR_TLS_CERT_ALTNAME/,
		'the certificate does not name this host: connect by a name that it carries, or make one that names it',
	],
	[
		/not yet valid|CERT_NOT_YET_VALID/,
		'the certificate begins later than this machine’s clock says: compare the clocks of both machines',
	],
	[
		/expired|CERT_HAS_EXPIRED/,
		'the certificate has ended by this machine’s clock: compare the clocks, or ask for a new one',
	],
	[/self.signed|unable to (?:verify|get)|SELF_SIGNED/, 'this is not the certificate that was given with --server-cert'],
	[/wrong version number|packet length|EPROTO/, 'the server speaks no TLS: leave out --server-cert'],
	[/ECONNREFUSED/, 'nothing listens there: is the control server started, and is this its port?'],
	[/ENOTFOUND|Name resolution/, 'no host has that name'],
];

const mayBeTls = 'does it speak TLS? Then name its certificate with --server-cert';
const mayBePlain = 'is a control server there, and does it speak TLS? If not, leave out --server-cert';
