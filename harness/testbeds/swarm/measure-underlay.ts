import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {networkInterfaces} from 'node:os';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import {connectToFarEnd} from '../docker/far-end-connection.ts';

/**
 * What one TCP transfer, as fast as it goes, brings to a far end over an interface that is not shaped, at layer 2: headers of every frame counted.
 * The interface is found by its address.
 */
export async function measureUnderlay({
	address,
	farAddress,
	seconds,
	clock,
	signal,
}: {
	readonly address: string;
	readonly farAddress: string;
	/** After the ramp of TCP. */
	readonly seconds: Seconds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<BitsPerSecond> {
	using connection = await connectToFarEnd(
		{site: 'here', address},
		{site: 'there', address: farAddress},
		{farEnd: 'sink'},
	);
	const {near} = connection;
	const fill = () => {
		while (!near.destroyed && near.write(payload)) {
			// The next write waits for the socket to drain.
		}
	};
	near.on('drain', fill);
	fill();
	await clock.sleep(rampSeconds, signal);
	const before = {bytes: connection.receivedBytes(), atNs: clock.nowNs()};
	await clock.sleep(seconds, signal);
	const elapsedSeconds = Number(clock.nowNs() - before.atNs) / 1e9;
	const goodputBitsPerSecond = ((connection.receivedBytes() - before.bytes) * 8) / elapsedSeconds;
	return goodputBitsPerSecond * headerFactor(packetBytesMax(address));
}

/** Of frames that are as long as they can be: Ethernet, IP, and TCP with its timestamps. */
const headerFactor = (packetBytes: Bytes): number => (packetBytes + 14) / (packetBytes - 52);

function packetBytesMax(address: string): Bytes {
	const found = Object.entries(networkInterfaces()).find(([, all]) => all?.some(one => one.address === address));
	if (!found) {
		throw new StreambedError('COMMAND_FAILED', `no interface of the container has ${address}`);
	}
	return Number(readFileSync(`/sys/class/net/${found[0]}/mtu`, 'utf8'));
}

const payload = randomBytes(262_144);
const rampSeconds: Seconds = 0.1;
