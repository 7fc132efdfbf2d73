import {closeSync} from 'node:fs';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
import {checked, libc} from './libc.ts';

/** What the kernel has counted at the HTB class of one device. */
export type ClassCounters = {
	/** Bytes that left, headers of every frame counted, those that a segment with offloads stands for too. */
	readonly bytes: Bytes;
	/** Packets that found the queue full; a segment with offloads counts once. */
	readonly droppedCount: number;
	readonly backlogBytes: Bytes;
	/** The rate that the class holds. */
	readonly rateBitsPerSecond: BitsPerSecond;
};

/**
 * Reads the class counters of the devices of one network namespace straight from the kernel (rtnetlink), in some 20 µs and
 * without another process: what is read can be timed to the instant. Make it inside the namespace; it then works from anywhere.
 */
export class ClassReader implements Disposable {
	readonly #socket: number;
	readonly #indexes: ReadonlyMap<string, number>;
	readonly #answer = Buffer.alloc(65_536);
	#closed = false;

	constructor(devices: readonly string[]) {
		this.#socket = checked('netlink socket', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
		this.#indexes = new Map(devices.map(device => [device, libc.ifNameToIndex(device)]));
	}

	/** Throws when the device has no class of ours. */
	read(device: string): ClassCounters {
		const request = classDumpRequest(this.#indexes.get(device) ?? 0);
		checked('netlink send', libc.send(this.#socket, request, request.length, 0));
		let found: ClassCounters | undefined;
		for (;;) {
			const bytes = checked('netlink receive', libc.receive(this.#socket, this.#answer, this.#answer.length, 0));
			for (const {type, body} of netlinkMessages(this.#answer.subarray(0, bytes))) {
				if (type === NLMSG_DONE || type === NLMSG_ERROR) {
					if (!found) {
						throw new Error(`${device} has no HTB class`);
					}
					return found;
				}
				if (type === RTM_NEWTCLASS && body.readUInt32LE(8) === classHandle) {
					found = classCounters(body.subarray(tcMessageBytes));
				}
			}
		}
	}

	[Symbol.dispose](): void {
		if (!this.#closed) {
			this.#closed = true;
			closeSync(this.#socket);
		}
	}
}

function classDumpRequest(deviceIndex: number): Buffer {
	const request = Buffer.alloc(netlinkHeaderBytes + tcMessageBytes);
	request.writeUInt32LE(request.length, 0);
	request.writeUInt16LE(RTM_GETTCLASS, 4);
	request.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6);
	request.writeInt32LE(deviceIndex, netlinkHeaderBytes + 4);
	return request;
}

function* netlinkMessages(data: Buffer): Generator<{type: number; body: Buffer}> {
	for (let offset = 0; offset + netlinkHeaderBytes <= data.length; ) {
		const length = data.readUInt32LE(offset);
		yield {type: data.readUInt16LE(offset + 4), body: data.subarray(offset + netlinkHeaderBytes, offset + length)};
		offset += aligned(length);
	}
}

/** Attributes of a message by their number, see linux/rtnetlink.h; a nested one is read by the same function. */
function attributes(data: Buffer): ReadonlyMap<number, Buffer> {
	const found = new Map<number, Buffer>();
	for (let offset = 0; offset + attributeHeaderBytes <= data.length; ) {
		const length = data.readUInt16LE(offset);
		found.set(
			data.readUInt16LE(offset + 2) & attributeTypeMask,
			data.subarray(offset + attributeHeaderBytes, offset + length),
		);
		offset += aligned(length);
	}
	return found;
}

function classCounters(data: Buffer): ClassCounters {
	const message = attributes(data);
	const stats = attributes(nested(message, TCA_STATS2));
	const queue = nested(stats, TCA_STATS_QUEUE);
	const options = attributes(nested(message, TCA_OPTIONS));
	// Rates above 32 bits of bytes per second have an attribute of their own.
	const wideRate = options.get(TCA_HTB_RATE64)?.readBigUInt64LE(0);
	const bytesPerSecond = wideRate ?? nested(options, TCA_HTB_PARMS).readUInt32LE(rateInRateSpec);
	return {
		bytes: Number(nested(stats, TCA_STATS_BASIC).readBigUInt64LE(0)),
		backlogBytes: queue.readUInt32LE(4),
		droppedCount: queue.readUInt32LE(8),
		rateBitsPerSecond: Number(bytesPerSecond) * 8,
	};
}

function nested(found: ReadonlyMap<number, Buffer>, type: number): Buffer {
	const value = found.get(type);
	if (!value) {
		throw new Error(`the kernel left attribute ${type} out of a class`);
	}
	return value;
}

const aligned = (bytes: number): number => (bytes + 3) & ~3;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWTCLASS = 40;
const RTM_GETTCLASS = 42;
const TCA_OPTIONS = 2;
const TCA_STATS2 = 7;
const TCA_STATS_BASIC = 1;
const TCA_STATS_QUEUE = 3;
const TCA_HTB_PARMS = 1;
const TCA_HTB_RATE64 = 6;
const netlinkHeaderBytes = 16;
const tcMessageBytes = 20;
const attributeHeaderBytes = 4;
const attributeTypeMask = 0x3fff;
const rateInRateSpec = 8;
/** 1:10, as the kernel writes it. */
const classHandle = 0x0001_0010;
