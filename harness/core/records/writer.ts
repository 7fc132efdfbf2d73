import {closeSync, openSync, writeSync} from 'node:fs';
import {StreambedError} from '../errors.ts';
import type {Bytes} from '../units.ts';
import {type RecordLines, recordCountOf} from './record-lines.ts';
import type {StreambedRecord} from './schema.ts';
import {writeError} from './write-error.ts';

/**
 * Appends records to a file. Each is with the kernel before `write` returns, so a killed run keeps what it had written;
 * with `pendingBytesMax`, up to so many bytes wait to be written together, for records that can be made again.
 */
export type RecordWriter = Disposable & {
	/** Throws DISK_FULL or OUT_REFUSED when the file cannot take it, LIMIT_REACHED after `maxCount` records. */
	write(record: StreambedRecord): void;
	/** The same for lines that were made elsewhere; of those that are too many, it writes as many as there may be. */
	writeLines(lines: RecordLines): void;
};

export function openRecordWriter(
	path: string,
	{maxCount, pendingBytesMax = 0}: {readonly maxCount: number; readonly pendingBytesMax?: Bytes},
): RecordWriter {
	const descriptor = openSync(path, 'a');
	let count = 0;
	let open = true;
	let pending = '';
	const flush = () => {
		const text = pending;
		pending = '';
		writeWhole(descriptor, Buffer.from(text), path);
	};
	const full = () =>
		new StreambedError('LIMIT_REACHED', `${path} holds ${count} records, the most this scenario allows`, {
			hint: 'raise limits.records in the scenario, or drive for less time',
		});
	return {
		write(record) {
			if (count >= maxCount) {
				throw full();
			}
			pending += `${JSON.stringify(record)}\n`;
			count++;
			if (pending.length >= pendingBytesMax) {
				flush();
			}
		},
		writeLines(lines) {
			flush();
			const room = maxCount - count;
			const lineCount = recordCountOf(lines);
			count += Math.min(room, lineCount);
			writeWhole(descriptor, lineCount > room ? firstLines(lines.bytes, room) : lines.bytes, path);
			if (lineCount > room) {
				throw full();
			}
		},
		[Symbol.dispose]() {
			if (open) {
				open = false;
				try {
					flush();
				} finally {
					closeSync(descriptor);
				}
			}
		},
	};
}

function firstLines(bytes: Uint8Array, count: number): Uint8Array {
	let end = 0;
	for (let line = 0; line < count; line++) {
		end = bytes.indexOf(0x0a, end) + 1;
	}
	return bytes.subarray(0, end);
}

function writeWhole(descriptor: number, bytes: Uint8Array, path: string): void {
	let written = 0;
	while (written < bytes.length) {
		try {
			written += writeSync(descriptor, bytes, written);
		} catch (cause) {
			throw writeError(`writing ${bytes.length} bytes to ${path}`, cause);
		}
	}
}
