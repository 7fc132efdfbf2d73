import {createWriteStream} from 'node:fs';
import {PassThrough, type Readable} from 'node:stream';
import {LastLines} from '#core/last-lines.ts';
import type {Engine} from '../docker/engine.ts';
import {atEngine} from '../docker/engine-error.ts';

/** What the container of a service writes, wherever it stands, as it comes: into a file, and its last lines for the day it ends without a word. */
export class ServiceLog implements Disposable {
	readonly #stream: Readable;
	readonly #lastLines: LastLines;

	private constructor(stream: Readable, lastLines: LastLines) {
		this.#stream = stream;
		this.#lastLines = lastLines;
	}

	/** Begins with the first line that the service wrote. Rejects with ENGINE_REFUSED. */
	static async follow({
		engine,
		service,
		path,
	}: {
		readonly engine: Engine;
		readonly service: string;
		/** A log that cannot be written is no reason to end a run. */
		readonly path: string;
	}): Promise<ServiceLog> {
		const following = engine.getService(service).logs({follow: true, stdout: true, stderr: true});
		const stream = (await atEngine(`reading the log of ${service}`, following)) as Readable;
		const text = new PassThrough();
		engine.modem.demuxStream(stream, text, text);
		const file = createWriteStream(path, {flags: 'a'}).on('error', () => {});
		text.pipe(file);
		stream.on('error', () => {});
		stream.once('close', () => text.end());
		return new ServiceLog(stream, new LastLines(text));
	}

	/** What was written last, on one line. */
	get lastLines(): string {
		return this.#lastLines.toString();
	}

	[Symbol.dispose](): void {
		this.#stream.destroy();
	}
}
