import {readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Server, Socket} from 'node:net';
import type {BitsPerSecond} from '#core/units.ts';
import {checked, libc} from '../libc.ts';
import {inNetworkNamespace} from '../network-namespace.ts';
import type {LinkEnd} from '../topology-plan.ts';

/** A TCP connection over a link, both ends of it held by this process. */
export type NamespaceConnection = Disposable & {readonly near: Socket; readonly far: Socket};

/**
 * Connects two sites through the kernel, each end made inside its site's network namespace.
 *
 * With a pacing rate the near end sends no faster, and in pieces of about a millisecond of it.
 */
export async function connectNamespaces(
	near: LinkEnd,
	far: LinkEnd,
	{pacingBitsPerSecond}: {readonly pacingBitsPerSecond?: BitsPerSecond} = {},
): Promise<NamespaceConnection> {
	const server = createServer({noDelay: true});
	// Without a host the socket is made within the call, so inside the namespace.
	inNetworkNamespace(far.site, () => withLargeBuffers(() => server.listen(0)));
	try {
		const accepted = nextConnection(server);
		accepted.catch(() => {});
		const fd = inNetworkNamespace(near.site, () =>
			withLargeBuffers(() => checked('socket', libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))),
		);
		const address = server.address();
		await connect(fd, far.address, typeof address === 'object' ? (address?.port ?? 0) : 0);
		if (pacingBitsPerSecond !== undefined) {
			pace(fd, pacingBitsPerSecond);
		}
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
				reject(new Error(`cannot connect to ${address}:${port}`, {cause: error}));
			} else {
				resolve();
			}
		});
	});
}

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

function pace(fd: number, bitsPerSecond: BitsPerSecond): void {
	const bytesPerSecond = Buffer.alloc(8);
	bytesPerSecond.writeBigUInt64LE(BigInt(Math.ceil(bitsPerSecond / 8)));
	// Connecting takes the algorithm of the route, so another one is chosen after it.
	checked('TCP_CONGESTION', libc.setSocketOption(fd, IPPROTO_TCP, TCP_CONGESTION, Buffer.from('reno'), 4));
	checked('SO_MAX_PACING_RATE', libc.setSocketOption(fd, SOL_SOCKET, SO_MAX_PACING_RATE, bytesPerSecond, 8));
}

const AF_INET = 2;
const SOL_SOCKET = 1;
const SO_MAX_PACING_RATE = 47;
const IPPROTO_TCP = 6;
const TCP_CONGESTION = 13;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
