import {closeSync, openSync, writeSync} from 'node:fs';
import {StreambedError} from '../errors.ts';
import type {Bytes} from '../units.ts';
import type {StreambedRecord} from './schema.ts';
import {writeError} from './write-error.ts';

/**
 * Appends records to a file. Each is with the kernel before `write` returns, so a killed run keeps what it had written;
 * with `pendingBytesMax`, up to so many bytes wait to be written together, for records that can be made again.
 */
export type RecordWriter = Disposable & {
	/** Throws DISK_FULL or OUT_REFUSED when the file cannot take it, LIMIT_REACHED after `maxCount` records. */
	write(record: StreambedRecord): void;
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
		writeWhole(descriptor, text, path);
	};
	return {
		write(record) {
			if (count >= maxCount) {
				throw new StreambedError('LIMIT_REACHED', `${path} holds ${count} records, the most this scenario allows`, {
					hint: 'raise limits.records in the scenario, or drive for less time',
				});
			}
			pending += `${JSON.stringify(record)}\n`;
			count++;
			if (pending.length >= pendingBytesMax) {
				flush();
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

function writeWhole(descriptor: number, text: string, path: string): void {
	const bytes = Buffer.from(text);
	let written = 0;
	while (written < bytes.length) {
		try {
			written += writeSync(descriptor, bytes, written);
		} catch (cause) {
			throw writeError(`writing ${bytes.length} bytes to ${path}`, cause);
		}
	}
}
