import {Socket} from 'node:net';
import type {Bytes} from '#core/units.ts';
import {connectSocket, makeSocket} from '#netem/calibration/client-socket.ts';
import type {ConnectEnds} from '#netem/calibration/link-connection.ts';
import {checked, libc} from '#netem/libc.ts';
import {farEndPorts} from './far-ends.ts';

/**
 * Connects this site to the agent of a neighbour. What has come through there is what the neighbour's kernel has acknowledged: the agent takes
 * all at once.
 */
export const connectToFarEnd: ConnectEnds = async (_near, far, {farEnd, pacingBitsPerSecond}) => {
	const fd = makeSocket();
	// Holds what is sent while this process waits for a processor for 30 ms; NET_ADMIN allows more than the machine's usual limit.
	checked('SO_SNDBUFFORCE', libc.setSocketOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, intBuffer(sendBufferBytes), 4));
	await connectSocket(fd, {address: far.address, port: farEndPorts[farEnd], pacingBitsPerSecond});
	const near = new Socket({fd}).setNoDelay();
	near.on('error', () => {});
	const info = Buffer.alloc(tcpInfoBytes);
	return {
		near,
		receivedBytes() {
			checked('TCP_INFO', libc.getSocketOption(fd, IPPROTO_TCP, TCP_INFO, info, intBuffer(info.length)));
			// The first byte that is acknowledged is the connection's own.
			return Math.max(0, Number(info.readBigUInt64LE(acknowledgedBytesOffset)) - 1);
		},
		[Symbol.dispose]: () => void near.resetAndDestroy(),
	};
};

function intBuffer(value: number): Buffer {
	const buffer = Buffer.alloc(4);
	buffer.writeInt32LE(value);
	return buffer;
}

const sendBufferBytes: Bytes = 4 * 1024 ** 2;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Of `struct tcp_info` in linux/tcp.h, as far as it is needed here. */
const tcpInfoBytes = 192;
const acknowledgedBytesOffset = 120;
