import {createServer, type Server, Socket} from 'node:net';
import {checked, libc} from '../libc.ts';
import {inNetworkNamespace} from '../network-namespace.ts';
import type {LinkEnd} from '../topology-plan.ts';

/** A TCP connection over a link, both ends of it held by this process. */
export type NamespaceConnection = Disposable & {readonly near: Socket; readonly far: Socket};

/** Connects two sites through the kernel, each end made inside its site's network namespace. */
export async function connectNamespaces(near: LinkEnd, far: LinkEnd): Promise<NamespaceConnection> {
	const server = createServer({noDelay: true});
	// Without a host the socket is made within the call, so inside the namespace.
	inNetworkNamespace(far.site, () => server.listen(0));
	try {
		const accepted = nextConnection(server);
		accepted.catch(() => {});
		const fd = inNetworkNamespace(near.site, () =>
			checked('socket', libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
		);
		const address = server.address();
		await connect(fd, far.address, typeof address === 'object' ? (address?.port ?? 0) : 0);
		const nearSocket = new Socket({fd}).setNoDelay();
		const farSocket = await accepted;
		// Ends are torn down at will; what that does to the other end is of no interest.
		nearSocket.on('error', () => {});
		farSocket.on('error', () => {});
		return {
			near: nearSocket,
			far: farSocket,
			[Symbol.dispose]() {
				nearSocket.resetAndDestroy();
				farSocket.resetAndDestroy();
			},
		};
	} finally {
		server.close();
	}
}

const nextConnection = (server: Server): Promise<Socket> =>
	new Promise((resolve, reject) => {
		server.once('connection', resolve);
		server.once('error', reject);
	});

function connect(fd: number, address: string, port: number): Promise<void> {
	const target = Buffer.alloc(16);
	target.writeUInt16LE(AF_INET, 0);
	target.writeUInt16BE(port, 2);
	Buffer.from(address.split('.').map(Number)).copy(target, 4);
	return new Promise((resolve, reject) => {
		libc.connect.async(fd, target, target.length, (error, result) => {
			if (error || result < 0) {
				reject(error ?? new Error(`cannot connect to ${address}:${port}`));
			} else {
				resolve();
			}
		});
	});
}

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
