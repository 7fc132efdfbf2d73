import {realClock} from '#core/clock.ts';
import {ControlConnection} from '#proxies/scistream/control-connection.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';
import {freshUid} from '#proxies/scistream/fresh-uid.ts';
import {setUpBoth} from '#proxies/scistream/set-up-both.ts';
import {startApplication} from '../support/control-server.ts';
import {converse} from '../support/converse.ts';

/**
 * A producing application and a user client in one process: sets up both sides 21 times, from fresh connections to the first byte at the
 * consumer, and prints how many milliseconds each took. Arguments: the control servers, producer's first.
 */

const [producer = '', consumer = ''] = process.argv.slice(2);
const never = new AbortController().signal;

const tookMs: number[] = [];
await using application = await startApplication('x', new URL(`tcp://${producer}`).hostname);
for (let round = 0; round < 21; round++) {
	const startNs = realClock.nowNs();
	using toProducer = connectTo(producer);
	using toConsumer = connectTo(consumer);
	const uid = freshUid();
	const {outbound} = await setUpBoth({
		producer: toProducer,
		consumer: toConsumer,
		uid,
		connectionCount: 1,
		rateMegabitsPerSecond: 0,
		targets: [application.address],
		signal: never,
	});
	await converse(outbound.listeners[0] ?? '');
	tookMs.push(Number(realClock.nowNs() - startNs) / 1e6);
	await Promise.all([toProducer, toConsumer].map(connection => connection.release({uid}, never)));
}
console.log(JSON.stringify(tookMs));

function connectTo(address: string): ControlConnection {
	const server = parseEndpoint(address);
	if (!server) {
		throw new Error(`${address} is no endpoint`);
	}
	return new ControlConnection({server, callSeconds: 30, clock: realClock});
}
