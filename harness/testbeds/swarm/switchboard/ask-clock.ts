import {once} from 'node:events';
import {connect} from 'node:net';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import type {ClockExchange} from '../clock-estimate.ts';
import {instantBytes} from './serve-clock.ts';

/** Asks a clock server for its time, again and again; the first answers, which warm the way, are left out. */
export async function askClock({
	host,
	port,
	clock,
	signal,
}: {
	readonly host: string;
	readonly port: number;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<readonly ClockExchange[]> {
	const socket = connect({host, port, noDelay: true});
	const broken = once(socket, 'close').then(() => {
		throw new Error(`the clock at ${host}:${port} hung up`);
	});
	broken.catch(() => {});
	const otherwise = Promise.race([broken, abortion(signal)]);
	otherwise.catch(() => {});
	try {
		await Promise.race([once(socket, 'connect'), otherwise]);
		const exchanges: ClockExchange[] = [];
		for (let round = 0; round < roundCount; round++) {
			const askedNs = clock.nowNs();
			socket.write(question);
			const answer = (await Promise.race([nextAnswer(), otherwise])) as Buffer;
			const heardNs = clock.nowNs();
			if (round >= roundsUncounted) {
				exchanges.push({askedNs, answeredNs: answer.readBigInt64LE(), heardNs});
			}
		}
		return exchanges;
	} finally {
		socket.destroy();
	}

	async function nextAnswer(): Promise<Buffer> {
		let answer = Buffer.alloc(0);
		while (answer.length < instantBytes) {
			const [more] = (await once(socket, 'data', {signal})) as [Buffer];
			answer = Buffer.concat([answer, more]);
		}
		return answer;
	}
}

const question = Buffer.from('?');
const roundCount = 68;
const roundsUncounted = 4;
