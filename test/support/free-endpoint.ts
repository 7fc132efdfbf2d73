import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';

/** An endpoint on this machine that nothing listens at. */
export async function freeEndpoint(): Promise<string> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return `tcp://127.0.0.1:${port}`;
}
