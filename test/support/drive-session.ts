import {realClock} from '#core/clock.ts';
import type {WireAnswer, WireClient} from './wire-client.ts';

export type SessionWishes = {
	readonly uid: string;
	readonly role?: 'PROD' | 'CONS';
	readonly connectionCount?: number;
	/** As the original reads it: a number. */
	readonly rate?: number;
	readonly prodListeners: readonly string[];
	readonly token?: string;
	/** The original client waits for half a second; 0 says hello at once. */
	readonly helloAfterSeconds?: number;
};

/** The calls of an original client up to the update, in its order and with its limits. */
export async function requestSession(client: WireClient, wishes: SessionWishes): Promise<WireAnswer> {
	const {uid, role = 'PROD', connectionCount = 1, rate = 10_000, prodListeners, token, helloAfterSeconds = 0} = wishes;
	const options = token === undefined ? {} : {token};
	const request = client.call('req', {1: uid, 2: role, 3: connectionCount, 4: rate}, options);
	request.catch(() => {});
	await realClock.sleep(helloAfterSeconds);
	for (let attempt = 0; attempt < 40; attempt++) {
		const hello = await client.call('hello', {1: uid, 2: prodListeners, 3: 'PROD'}, options);
		if (hello.status === 0) {
			break;
		}
		await realClock.sleep(0.005);
	}
	return request;
}

/** One side, up to a data server that runs. */
export async function openSession(client: WireClient, wishes: SessionWishes): Promise<readonly string[]> {
	const {uid, role = 'PROD', prodListeners, token} = wishes;
	const answer = await requestSession(client, wishes);
	if (answer.status !== 0) {
		throw new Error(`req: ${answer.status} ${answer.details}`);
	}
	const options = token === undefined ? {} : {token};
	const update = await client.call('update', {1: uid, 2: prodListeners, 3: role}, options);
	if (update.status !== 0) {
		throw new Error(`update: ${update.status} ${update.details}`);
	}
	return answer.texts[1] ?? [];
}
