/** Between two data servers a datagram carries a mark and its number in the flow: eight bytes before those of the application. */

export function numberedDatagram(payload: Buffer, number: number): Buffer {
	const datagram = Buffer.allocUnsafe(headerBytes + payload.length);
	datagram.writeUInt32BE(mark, 0);
	datagram.writeUInt32BE(number >>> 0, 4);
	payload.copy(datagram, headerBytes);
	return datagram;
}

/** The number and the application's bytes; nothing when the datagram is not from a data server of ours. */
export function readNumberedDatagram(
	datagram: Buffer,
): {readonly number: number; readonly payload: Buffer} | undefined {
	return datagram.length < headerBytes || datagram.readUInt32BE(0) !== mark
		? undefined
		: {number: datagram.readUInt32BE(4), payload: datagram.subarray(headerBytes)};
}

/** Counts the numbers that did not come. One that comes late is taken back; what is lost after the last that came is not seen. */
export class SequenceGaps {
	#nextNumber = 0;
	lostCount = 0;

	see(number: number): void {
		// Numbers go round at 32 bits: the shorter way tells ahead from behind.
		const aheadCount = (number - this.#nextNumber) | 0;
		if (aheadCount < 0) {
			this.lostCount = Math.max(0, this.lostCount - 1);
			return;
		}
		this.lostCount += aheadCount;
		this.#nextNumber = (number + 1) >>> 0;
	}
}

const headerBytes = 8;
const mark = 0x5362_7531;
