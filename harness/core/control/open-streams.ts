import assert from 'node:assert/strict';

/** The streams of a site's program by name. A command for one that is closed already crossed the closing on its way. */
export class OpenStreams<Stream extends AsyncDisposable> implements AsyncDisposable {
	readonly #open = new Map<string, Stream>();
	readonly #closed = new Set<string>();

	add(name: string, stream: Stream): void {
		assert(!this.#open.has(name), `the stream ${name} is open already`);
		this.#closed.delete(name);
		this.#open.set(name, stream);
	}

	/** `undefined` when it is closed; a stream that was never opened is a mistake of the harness. */
	get(name: string): Stream | undefined {
		const stream = this.#open.get(name);
		assert(stream || this.#closed.has(name), `the stream ${name} was never opened here`);
		return stream;
	}

	async close(name: string): Promise<void> {
		const stream = this.get(name);
		this.#open.delete(name);
		this.#closed.add(name);
		await stream?.[Symbol.asyncDispose]();
	}

	values(): readonly Stream[] {
		return [...this.#open.values()];
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await Promise.all([...this.#open.keys()].map(name => this.close(name)));
	}
}
