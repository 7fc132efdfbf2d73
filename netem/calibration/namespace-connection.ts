import {readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Server, Socket} from 'node:net';
import type {Bytes} from '#core/units.ts';
import {inNetworkNamespace} from '../network-namespace.ts';
import {connectSocket, makeSocket} from './client-socket.ts';
import type {ConnectEnds} from './link-connection.ts';

/** Connects two sites through the kernel, each end made inside its site's network namespace, both held by this process. */
export const connectNamespaces: ConnectEnds = async (near, far, {farEnd, pacingBitsPerSecond}) => {
	const server = createServer({noDelay: true});
	// Without a host the socket is made within the call, so inside the namespace.
	inNetworkNamespace(far.site, () => withLargeBuffers(() => server.listen(0)));
	try {
		const accepted = nextConnection(server);
		accepted.catch(() => {});
		const fd = inNetworkNamespace(near.site, () => withLargeBuffers(makeSocket));
		const address = server.address();
		const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
		await connectSocket(fd, {address: far.address, port, pacingBitsPerSecond});
		const nearSocket = new Socket({fd}).setNoDelay();
		const farSocket = await accepted;
		// Ends are torn down at will; what that does to the other end is of no interest.
		nearSocket.on('error', () => {});
		farSocket.on('error', () => {});
		let receivedBytes: Bytes = 0;
		farSocket.on('data', data => {
			receivedBytes += data.length;
			if (farEnd === 'echo') {
				farSocket.write(data);
			}
		});
		return {
			near: nearSocket,
			receivedBytes: () => receivedBytes,
			[Symbol.dispose]() {
				nearSocket.resetAndDestroy();
				farSocket.resetAndDestroy();
			},
		};
	} finally {
		server.close();
	}
};

const nextConnection = (server: Server): Promise<Socket> =>
	new Promise((resolve, reject) => {
		server.once('connection', resolve);
		server.once('error', reject);
	});

/**
 * Sockets made within `work` begin with the largest buffers: at a gigabit they hold what is sent while this process waits for a
 * processor for 30 ms. The sockets of the programs are made before or after, with the buffers that the namespace is set to.
 */
function withLargeBuffers<Result>(work: () => Result): Result {
	const settings = ['tcp_rmem', 'tcp_wmem'].map(name => `/proc/sys/net/ipv4/${name}`);
	const before = settings.map(path => readFileSync(path, 'utf8').trim());
	for (const [index, path] of settings.entries()) {
		const [min, , max] = before[index]?.split(/\s+/) ?? [];
		writeFileSync(path, `${min} ${max} ${max}`);
	}
	try {
		return work();
	} finally {
		for (const [index, path] of settings.entries()) {
			writeFileSync(path, before[index] ?? '');
		}
	}
}
