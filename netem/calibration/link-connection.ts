import type {Socket} from 'node:net';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
import type {LinkEnd} from '../topology-plan.ts';

/** What the far end does with what comes: sends it back, or takes it and counts. */
export type FarEnd = 'echo' | 'sink';

/** A TCP connection over a link whose near end this process holds. */
export type LinkConnection = Disposable & {
	readonly near: Socket;
	/** What has come through to the far end. */
	receivedBytes(): Bytes;
};

/** Connects the ends of a link. With a pacing rate the near end sends no faster, and in pieces of about a millisecond of it. */
export type ConnectEnds = (
	near: LinkEnd,
	far: LinkEnd,
	how: {readonly farEnd: FarEnd; readonly pacingBitsPerSecond?: BitsPerSecond},
) => Promise<LinkConnection>;
