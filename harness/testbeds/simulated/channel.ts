import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import type {EventHandle} from './engine.ts';

/** One direction of a link. */
export type Channel = {
	readonly link: string;
	/** The site that sends in this direction. */
	readonly from: string;
	readonly to: string;
	readonly delaySeconds: Seconds;
	capacityBitsPerSecond: BitsPerSecond;
	/** The transfers under way, in the order in which they began; see `Crossing`. */
	first: Crossing | undefined;
	last: Crossing | undefined;
	transferCount: number;
	/** What the transfers under way that have a cap may send in sum; see `changeCount`. */
	cappedBitsPerSecond: BitsPerSecond;
	uncappedCount: number;
	/** So often the sum above was added to: what was rounded is thrown away now and then by summing anew. */
	changeCount: number;
	/** The caps of its transfers do not fit, so that every rate depends on all of them. */
	crowded: boolean;
	/** While a link is filled: what is not yet given away, and how many transfers still rise. */
	freeBitsPerSecond: BitsPerSecond;
	risingCount: number;
	/** Carried by transfers up to the last change of their rates. */
	settledBytes: Bytes;
};

/** A sender's way over the links between two sites, and the chunk that is on it, as a fluid; one at a time. */
export type Transfer = {
	/** Of every channel on the way. */
	readonly crossings: readonly Crossing[];
	underWay: boolean;
	/** What its sender lets out at most; Infinity where nothing is enforced. */
	capBitsPerSecond: BitsPerSecond;
	bitsPerSecond: BitsPerSecond;
	/** While rates are dealt out: the one to come. */
	nextBitsPerSecond: BitsPerSecond;
	/** While a link is filled: whether the rate still rises. */
	rising: boolean;
	/** What was left when the rate last changed. */
	leftBytes: Bytes;
	sinceSeconds: Seconds;
	/** `noEvent` while none is scheduled. */
	end: EventHandle;
	readonly onEnd: () => void;
	readonly finish: () => void;
};

/** A transfer's place in the list of a channel, made once: chunks come and go by the million. */
export type Crossing = {
	readonly transfer: Transfer;
	readonly channel: Channel;
	before: Crossing | undefined;
	after: Crossing | undefined;
};

/** After so many changes, and as many as there are transfers, the sum of the caps is made anew. */
const changesPerSum = 1024;

/** Caps that exceed a link by no more than this share of it fit: their sum is rounded. */
const capacityTolerance = 1e-9;

export function newChannel(
	own: Pick<Channel, 'link' | 'from' | 'to' | 'delaySeconds' | 'capacityBitsPerSecond'>,
): Channel {
	return {
		...own,
		first: undefined,
		last: undefined,
		transferCount: 0,
		cappedBitsPerSecond: 0,
		uncappedCount: 0,
		changeCount: 0,
		crowded: false,
		freeBitsPerSecond: 0,
		risingCount: 0,
		settledBytes: 0,
	};
}

/** Puts a transfer with its cap at the end of the list. */
export function enter(crossing: Crossing): void {
	const {channel, transfer} = crossing;
	crossing.before = channel.last;
	crossing.after = undefined;
	if (channel.last) {
		channel.last.after = crossing;
	} else {
		channel.first = crossing;
	}
	channel.last = crossing;
	channel.transferCount++;
	count(channel, transfer.capBitsPerSecond, 1);
}

/** Takes a transfer out of the list. */
export function leave(crossing: Crossing): void {
	const {channel, transfer, before, after} = crossing;
	if (before) {
		before.after = after;
	} else {
		channel.first = after;
	}
	if (after) {
		after.before = before;
	} else {
		channel.last = before;
	}
	channel.transferCount--;
	count(channel, transfer.capBitsPerSecond, -1);
}

/** The transfer's cap is another one from now on; to be called before it is set. */
export function changeCap({channel, transfer}: Crossing, bitsPerSecond: BitsPerSecond): void {
	count(channel, transfer.capBitsPerSecond, -1);
	count(channel, bitsPerSecond, 1);
}

/** Whether all transfers of a channel can run at their caps. */
export function capsFit(channel: Channel): boolean {
	if (channel.uncappedCount > 0) {
		return false;
	}
	if (channel.changeCount > changesPerSum && channel.changeCount > channel.transferCount) {
		sumAnew(channel);
	}
	return channel.cappedBitsPerSecond <= channel.capacityBitsPerSecond * (1 + capacityTolerance);
}

function count(channel: Channel, capBitsPerSecond: BitsPerSecond, sign: 1 | -1): void {
	if (capBitsPerSecond === Number.POSITIVE_INFINITY) {
		channel.uncappedCount += sign;
	} else {
		channel.cappedBitsPerSecond += sign * capBitsPerSecond;
		channel.changeCount++;
	}
	if (channel.transferCount === 0) {
		channel.cappedBitsPerSecond = 0;
		channel.changeCount = 0;
	}
}

function sumAnew(channel: Channel): void {
	let sum: BitsPerSecond = 0;
	for (let crossing = channel.first; crossing; crossing = crossing.after) {
		sum += crossing.transfer.capBitsPerSecond;
	}
	channel.cappedBitsPerSecond = sum;
	channel.changeCount = 0;
}
