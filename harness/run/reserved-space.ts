import {closeSync, openSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {Bytes} from '#core/units.ts';

/** Enough for the last word of a run with hundreds of variants. */
const reservedBytes: Bytes = 1024 ** 2;

/**
 * Keeps some of a disk back, so that a run that fills it can still say so. The file has no name: the kernel gives the space free when
 * this is disposed of, and when the process ends, however it ends. Throws what the file system says when there is no such space.
 */
export function reserveSpace(folder: string): Disposable {
	const path = join(folder, 'reserved.next');
	const descriptor = openSync(path, 'wx');
	rmSync(path);
	let isOpen = true;
	const reserved = {
		[Symbol.dispose]() {
			if (isOpen) {
				isOpen = false;
				closeSync(descriptor);
			}
		},
	};
	try {
		const block = Buffer.alloc(reservedBytes, 1);
		for (let written = 0; written < block.length; ) {
			written += writeSync(descriptor, block, written);
		}
		return reserved;
	} catch (error) {
		reserved[Symbol.dispose]();
		throw error;
	}
}
