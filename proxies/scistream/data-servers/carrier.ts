import {realClock} from '#core/clock.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {exitCodes, StreambedError} from '#core/errors.ts';
import type {CarriedSession, CarrierReport, CarrierRequest} from './carrier-messages.ts';
import {openSession} from './open-session.ts';

/**
 * The program that carries the bytes of our own data servers: as many sessions as it is told to open, none of which sees
 * another's. It ends when its input does; the kernel ends it when the process that started it dies.
 */

const report = (message: CarrierReport): void => writeJsonLine(process.stdout, message);
const leave = (): never => process.exit(exitCodes.fine);
const sessions = new Map<number, CarriedSession>();

async function answer(request: CarrierRequest): Promise<CarrierReport> {
	const {callIndex, sessionIndex} = request;
	switch (request.kind) {
		case 'open':
			sessions.set(sessionIndex, await openSession(request.plan, realClock));
			return {kind: 'answer', callIndex};
		case 'close':
			await sessions.get(sessionIndex)?.[Symbol.asyncDispose]();
			sessions.delete(sessionIndex);
			return {kind: 'answer', callIndex};
		case 'counters': {
			const counters = sessions.get(sessionIndex)?.counters();
			return {kind: 'answer', callIndex, ...(counters && {counters})};
		}
		default:
			return request satisfies never;
	}
}

async function serve(request: CarrierRequest): Promise<void> {
	try {
		report(await answer(request));
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const hint = error instanceof StreambedError ? error.hint : undefined;
		report({kind: 'refusal', callIndex: request.callIndex, message, ...(hint === undefined ? {} : {hint})});
	}
}

process.stdout.on('error', leave);
process.on('SIGINT', () => {
	// An interrupt from the terminal is for the process that started this one: it closes its sessions in order.
});
readJsonLines<CarrierRequest>(process.stdin, request => void serve(request), {onEnd: leave});
report({kind: 'ready'});
