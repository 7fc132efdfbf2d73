import {realClock} from '#core/clock.ts';
import {ControlConnection} from '#proxies/scistream/control-connection.ts';
import {parseEndpoint} from '#proxies/scistream/endpoint.ts';

/** A connection of our client to a control server, plain unless told otherwise. */
export function connectControl(
	address: string,
	options: {readonly certificate?: Buffer; readonly token?: string} = {},
): ControlConnection {
	const server = parseEndpoint(address);
	if (!server) {
		throw new Error(`${address} is no endpoint`);
	}
	return new ControlConnection({server, callSeconds: 5, clock: realClock, ...options});
}
