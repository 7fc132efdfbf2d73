import {randomBytes} from 'node:crypto';
import type {Bytes} from '#core/units.ts';
import type {PlannedLink} from '../topology-plan.ts';
import type {ConnectEnds} from './link-connection.ts';
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
	connect = connectNamespaces,
}: {
	readonly link: PlannedLink;
	readonly direction: 0 | 1;
	readonly connect?: ConnectEnds | undefined;
}): Promise<SaturatingFlow> {
	const [from, to] = direction === 0 ? link.ends : [link.ends[1], link.ends[0]];
	const pacingBitsPerSecond = 4 * link.shape.rateBitsPerSecond;
	const connection = await connect(from, to, {farEnd: 'sink', pacingBitsPerSecond});
	const {near} = connection;
	const fill = () => {
		while (!near.destroyed && near.write(payload)) {
			// The next write waits for the socket to drain.
		}
	};
	near.on('drain', fill);
	fill();
	return {receivedBytes: () => connection.receivedBytes(), [Symbol.dispose]: () => connection[Symbol.dispose]()};
}

const payload = randomBytes(262_144);
