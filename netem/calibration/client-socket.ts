import type {BitsPerSecond} from '#core/units.ts';
import {checked, libc} from '../libc.ts';

/** Makes a TCP socket in the network namespace where this thread is. */
export const makeSocket = (): number => checked('socket', libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

/** Connects a socket, and paces it where a rate is given; rejects with the address that cannot be reached. */
export async function connectSocket(
	fd: number,
	{
		address,
		port,
		pacingBitsPerSecond,
	}: {readonly address: string; readonly port: number; readonly pacingBitsPerSecond?: BitsPerSecond | undefined},
): Promise<void> {
	const target = Buffer.alloc(16);
	target.writeUInt16LE(AF_INET, 0);
	target.writeUInt16BE(port, 2);
	Buffer.from(address.split('.').map(Number)).copy(target, 4);
	await new Promise<void>((resolve, reject) => {
		libc.connect.async(fd, target, target.length, (error, result) => {
			if (error || result < 0) {
				reject(new Error(`cannot connect to ${address}:${port}`, {cause: error}));
			} else {
				resolve();
			}
		});
	});
	if (pacingBitsPerSecond !== undefined) {
		pace(fd, pacingBitsPerSecond);
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
