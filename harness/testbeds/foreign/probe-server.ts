import {Socket} from 'node:net';
import type {Clock} from '#core/clock.ts';
import type {Ms, Seconds} from '#core/units.ts';
import {connectSocket, makeSocket} from '#netem/calibration/client-socket.ts';
import type {EnterNamespace} from '#netem/network-namespace.ts';

export type ServerProbe = {
	/** Until the connection stood: the links, and the kernel of the server. */
	readonly connectMs: Ms;
	/** Until the first byte came: the server too, and through a proxy what stands behind it. Absent when none came in time. */
	readonly firstByteMs?: Ms;
};

/** Connects to a server from a site beside it and hangs up after its first byte. Nothing when it does not take the connection. */
export async function probeServer({
	from,
	address,
	port,
	enter,
	clock,
}: {
	readonly from: string;
	readonly address: string;
	readonly port: number;
	readonly enter: EnterNamespace;
	readonly clock: Clock;
}): Promise<ServerProbe | null> {
	const fd = enter(from, makeSocket);
	const beganNs = clock.nowNs();
	const elapsedMs = () => Number(clock.nowNs() - beganNs) / 1e6;
	const connected = await connectSocket(fd, {address, port}).then(
		() => true,
		() => false,
	);
	const connectMs = elapsedMs();
	const socket = new Socket({fd});
	socket.on('error', () => {});
	try {
		if (!connected) {
			return null;
		}
		const firstByteMs = await firstByte(socket, {elapsedMs, clock});
		return firstByteMs === undefined ? {connectMs} : {connectMs, firstByteMs};
	} finally {
		socket.destroy();
	}
}

function firstByte(
	socket: Socket,
	{elapsedMs, clock}: {readonly elapsedMs: () => Ms; readonly clock: Clock},
): Promise<Ms | undefined> {
	return new Promise(resolve => {
		const cancel = clock.after(firstByteLimitSeconds, () => resolve(undefined));
		socket.once('data', () => {
			cancel();
			resolve(elapsedMs());
		});
		socket.once('close', () => {
			cancel();
			resolve(undefined);
		});
	});
}

/** Many servers say nothing before they are asked. */
const firstByteLimitSeconds: Seconds = 0.4;
