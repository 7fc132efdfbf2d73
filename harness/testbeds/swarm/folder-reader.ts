import {closeSync, existsSync, openSync, readdirSync, readSync} from 'node:fs';
import {join} from 'node:path';
import type {Bytes} from '#core/units.ts';
import type {FilePart} from './agent-messages.ts';

/** Reads what is written to the files of folders as it grows, each byte once. */
export class FolderReader {
	readonly #readBytes = new Map<string, Bytes>();

	/** The next of each file, 64 KiB at most; nothing of those that have not grown or cannot be read. A folder that is not there yet has no files. */
	readOn(folder: string): readonly FilePart[] {
		if (!existsSync(folder)) {
			return [];
		}
		return readdirSync(folder, {withFileTypes: true})
			.filter(entry => entry.isFile())
			.map(({name: file}) => ({file, base64: this.#next(join(folder, file)).toString('base64')}))
			.filter(({base64}) => base64 !== '');
	}

	#next(path: string): Buffer {
		try {
			return this.#read(path);
		} catch {
			// What has been read of the others would be lost with an error.
			return Buffer.alloc(0);
		}
	}

	#read(path: string): Buffer {
		const position = this.#readBytes.get(path) ?? 0;
		const part = Buffer.alloc(partBytesMax);
		const file = openSync(path, 'r');
		try {
			const length = readSync(file, part, 0, part.length, position);
			this.#readBytes.set(path, position + length);
			return part.subarray(0, length);
		} finally {
			closeSync(file);
		}
	}
}

const partBytesMax: Bytes = 65_536;
