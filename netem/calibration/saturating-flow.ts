import {randomBytes} from 'node:crypto';
import type {Bytes} from '#core/units.ts';
import type {LinkEnd} from '../topology-plan.ts';
import {connectNamespaces} from './namespace-connection.ts';

/** A TCP transfer that sends as much as the link takes, until it is disposed of. */
export type SaturatingFlow = Disposable & {
	/** What the receiving application has had so far. */
	receivedBytes(): Bytes;
};

export async function startFlow(from: LinkEnd, to: LinkEnd): Promise<SaturatingFlow> {
	const connection = await connectNamespaces(from, to);
	const {near, far} = connection;
	let received: Bytes = 0;
	far.on('data', data => {
		received += data.length;
	});
	const fill = () => {
		while (!near.destroyed && near.write(payload)) {
			// The next write waits for the socket to drain.
		}
	};
	near.on('drain', fill);
	fill();
	return {receivedBytes: () => received, [Symbol.dispose]: () => connection[Symbol.dispose]()};
}

const payload = randomBytes(262_144);
