import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {StreambedError} from '#core/errors.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';
import type {ProbeTarget} from './probe-server.ts';

/** Reads the flags of the suite: the server to probe, or none where ours alone is. Throws USAGE. */
export function conformanceFlags(parameters: readonly string[]): ProbeTarget | undefined {
	const {target, ...files} = parse(parameters);
	const read = (flag: keyof typeof files): string | undefined => {
		const file = files[flag];
		return file === undefined ? undefined : readFlagFile(flag, file);
	};
	const [authority, token, otherToken] = [read('cert'), read('token-file'), read('other-token-file')];
	if (target === undefined) {
		return undefined;
	}
	if (!parseEndpoint(target)) {
		throw new StreambedError('USAGE', `--target: ${JSON.stringify(target)} is not host:port`);
	}
	return {
		address: target,
		...(authority !== undefined && {authority}),
		...(token !== undefined && {token}),
		...(otherToken !== undefined && {otherToken}),
	};
}

function parse(parameters: readonly string[]) {
	try {
		return parseArgs({
			args: [...parameters],
			options: {
				target: {type: 'string'},
				cert: {type: 'string'},
				'token-file': {type: 'string'},
				'other-token-file': {type: 'string'},
			},
		}).values;
	} catch (cause) {
		throw new StreambedError('USAGE', cause instanceof Error ? cause.message : String(cause), {
			hint: 'it takes --target host:port, --cert FILE, --token-file FILE and --other-token-file FILE',
			cause,
		});
	}
}

function readFlagFile(flag: string, file: string): string {
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (cause) {
		throw new StreambedError('USAGE', `--${flag}: ${cause instanceof Error ? cause.message : String(cause)}`, {cause});
	}
}
