import {randomBytes} from 'node:crypto';
import type {Bytes} from '#core/units.ts';
import type {PlannedLink} from '../topology-plan.ts';
import {connectNamespaces} from './namespace-connection.ts';

/**
 * A TCP transfer that sends as much as the link takes, until it is disposed of.
 *
 * It is paced at four times the link's rate: enough to keep the queue filled, and in pieces so small that acknowledgements of the other
 * direction are not held up behind 64 kB at a time.
 */
export type SaturatingFlow = Disposable & {
	/** What the receiving application has had so far. */
	receivedBytes(): Bytes;
};

export async function startFlow({
	link,
	direction,
}: {
	readonly link: PlannedLink;
	readonly direction: 0 | 1;
}): Promise<SaturatingFlow> {
	const [from, to] = direction === 0 ? link.ends : [link.ends[1], link.ends[0]];
	const connection = await connectNamespaces(from, to, {pacingBitsPerSecond: 4 * link.shape.rateBitsPerSecond});
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
