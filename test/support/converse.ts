import {connect} from 'node:net';
import {realClock} from '#core/clock.ts';

/** Connects as a consumer does, says something, and gives what comes back until `enough` bytes are there. Rejects after `seconds`. */
export async function converse(
	address: string,
	{
		say = '',
		enough = 1,
		seconds = 3,
	}: {readonly say?: string; readonly enough?: number; readonly seconds?: number} = {},
): Promise<string> {
	const [host = '', port = ''] = address.split(':');
	const socket = connect(Number(port), host);
	const {promise, resolve, reject} = Promise.withResolvers<string>();
	let heard = '';
	socket.setEncoding('utf8');
	socket.on('connect', () => socket.write(say));
	socket.on('data', (text: string) => {
		heard += text;
		if (heard.length >= enough) {
			resolve(heard);
		}
	});
	socket.on('error', reject);
	socket.on('close', () => reject(new Error(`${address} closed after ${heard.length} bytes`)));
	const cancel = realClock.after(seconds, () => reject(new Error(`${address}: ${heard.length} bytes in ${seconds} s`)));
	try {
		return await promise;
	} finally {
		cancel();
		socket.destroy();
	}
}

/** Whether somebody listens there. */
export async function accepts(address: string): Promise<boolean> {
	const [host = '', port = ''] = address.split(':');
	const socket = connect(Number(port), host);
	const {promise, resolve} = Promise.withResolvers<boolean>();
	socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
	const answer = await promise;
	socket.destroy();
	return answer;
}
