import type {Bytes} from '../units.ts';
import {LineBytes} from './line-bytes.ts';
import {type LineEnd, lineEndOf, putRecord} from './record-line.ts';
import type {RecordBody, RecordKind, StreambedRecord} from './schema.ts';

/** Lines of records as they stand in a file. */
export type RecordLines = {
	readonly bytes: Uint8Array;
	readonly countByKind: ReadonlyMap<RecordKind, number>;
};

/** So many bytes of lines are handed on together. */
const batchBytes: Bytes = 65_536;

/** Turns the records of one variant's repeat into lines, many at a time. */
export class RecordLineBatches {
	readonly #lineEnd: LineEnd;
	readonly #send: (lines: RecordLines) => void;
	readonly #lines = new LineBytes(2 * batchBytes);
	#countByKind = new Map<RecordKind, number>();

	constructor(
		run: {readonly variant: string; readonly repeat: number},
		/** Takes the bytes at once or copies them: the next lines are put into their place. */
		send: (lines: RecordLines) => void,
	) {
		this.#lineEnd = lineEndOf(run);
		this.#send = send;
	}

	add(record: RecordBody): void {
		putRecord(this.#lines, record, this.#lineEnd);
		this.#countByKind.set(record.kind, (this.#countByKind.get(record.kind) ?? 0) + 1);
		if (this.#lines.length >= batchBytes) {
			this.flush();
		}
	}

	/** Sends what was gathered. */
	flush(): void {
		if (this.#lines.length > 0) {
			const countByKind = this.#countByKind;
			this.#countByKind = new Map();
			this.#send({bytes: this.#lines.take(), countByKind});
		}
	}
}

export function recordCountOf({countByKind}: Pick<RecordLines, 'countByKind'>): number {
	return countByKind.values().reduce((sum, count) => sum + count, 0);
}

/** Reads lines back; for whoever looks at each of them. */
export function recordsOf({bytes}: RecordLines): readonly StreambedRecord[] {
	return new TextDecoder()
		.decode(bytes)
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line) as StreambedRecord);
}
