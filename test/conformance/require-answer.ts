import {randomBytes} from 'node:crypto';
import {StreambedError} from '#core/errors.ts';
import {WireClient} from '../support/wire-client.ts';
import type {ProbeTarget} from './probe-server.ts';

/**
 * Makes one call that changes nothing, so that a target where no control server answers is not probed row by row. Rejects with USAGE and
 * what came instead of an answer.
 */
export async function requireAnswer({address, authority, token}: ProbeTarget): Promise<void> {
	using client = new WireClient(address, authority === undefined ? {} : {authority});
	const uid = randomBytes(16).toString('hex');
	let reason = 'what answers there speaks no gRPC';
	try {
		const {status} = await client.call('release', {1: uid}, token === undefined ? {} : {token});
		if (status >= 0) {
			return;
		}
	} catch (error) {
		reason = error instanceof Error ? error.message : String(error);
	}
	throw new StreambedError('USAGE', `${address} does not answer: ${reason}`, {
		hint: 'is a control server started there, and does it speak TLS (--cert FILE)?',
	});
}
