import {createReadStream, existsSync} from 'node:fs';
import {join} from 'node:path';
import {pipeline, type Readable} from 'node:stream';
import {createZstdDecompress} from 'node:zlib';
import {StreambedError} from '#core/errors.ts';
import {recordSchema, type StreambedRecord} from '#core/records/schema.ts';

/**
 * Reads the records of a run folder one by one, plain or compressed, without holding them.
 *
 * A last line that is cut short is what a killed run leaves, and is told, not thrown.
 * @throws StreambedError RUN_FOLDER_INVALID for a line that is no record and has lines after it.
 */
export async function readRecordLines(
	folder: string,
	onRecord: (record: StreambedRecord) => void,
): Promise<{readonly recordCount: number; readonly cutShort: boolean}> {
	const source = openRecords(folder);
	if (!source) {
		return {recordCount: 0, cutShort: false};
	}
	let recordCount = 0;
	let lineNumber = 0;
	let unreadable: string | undefined;
	const take = (line: string) => {
		lineNumber += 1;
		if (line === '') {
			return;
		}
		if (unreadable !== undefined) {
			throw damaged(source.path, unreadable);
		}
		const record = parseJson(line);
		if (record === undefined) {
			unreadable = `line ${lineNumber} is not JSON`;
			return;
		}
		const parsed = recordSchema.safeParse(record);
		if (!parsed.success) {
			const [issue] = parsed.error.issues;
			throw damaged(source.path, `line ${lineNumber}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
		}
		recordCount += 1;
		onRecord(parsed.data);
	};

	let rest = '';
	let endsEarly = false;
	try {
		for await (const text of source.text as AsyncIterable<string>) {
			const lines = (rest + text).split('\n');
			rest = lines.pop() ?? '';
			for (const line of lines) {
				take(line);
			}
		}
	} catch (error) {
		if (!isCutCompression(error)) {
			throw error;
		}
		endsEarly = true;
	}
	take(rest);
	return {recordCount, cutShort: endsEarly || unreadable !== undefined};
}

function openRecords(folder: string): {readonly path: string; readonly text: Readable} | undefined {
	const plain = join(folder, 'records.ndjson');
	if (existsSync(plain)) {
		return {path: plain, text: createReadStream(plain).setEncoding('utf8')};
	}
	const compressed = `${plain}.zst`;
	if (existsSync(compressed)) {
		// The callback is asked for; an error reaches whoever reads the last stream.
		const text = pipeline(createReadStream(compressed), createZstdDecompress(), () => {});
		return {path: compressed, text: text.setEncoding('utf8')};
	}
	return undefined;
}

function parseJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

/** A compressed file that ends in the middle of a frame. */
function isCutCompression(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
}

function damaged(path: string, what: string): StreambedError {
	return new StreambedError('RUN_FOLDER_INVALID', `reading ${path}: ${what}`, {
		hint: 'only the last line of a run may be cut short; take the file from the run again',
	});
}
