import type {BufferBudget} from './buffer-budget.ts';
import type {Chunk} from './chunk.ts';
import type {ChunkHeader} from './chunk-header.ts';

/** What one more slice led to. */
export type Assembly =
	/** Slices are still missing. */
	| {readonly kind: 'partial'}
	/** The last missing slice came. The chunk's bytes are still taken from the budget: whoever lets go of it releases them. */
	| {readonly kind: 'whole'; readonly chunk: Chunk}
	/** The slice had come before; it was not used. */
	| {readonly kind: 'duplicate-slice'}
	/** The slice does not fit the chunk that it names; what there was of the chunk is dropped. */
	| {readonly kind: 'misfit'};

/** Of one stream, chunks that have some of their slices. Slices come in order, so that one is usual. */
const partialChunksPerStreamMax = 4;

/**
 * Puts slices together again. It holds a bounded number of partial chunks: the oldest of a stream gives way to a new one and
 * is reported as incomplete. It does not look at the content; see `isIntact`.
 */
export class ChunkAssembler {
	readonly #budget: BufferBudget;
	readonly #onIncomplete: (header: ChunkHeader) => void;
	readonly #streams = new Map<number, Map<number, PartialChunk>>();

	constructor({
		budget,
		onIncomplete,
	}: {readonly budget: BufferBudget; readonly onIncomplete: (header: ChunkHeader) => void}) {
		this.#budget = budget;
		this.#onIncomplete = onIncomplete;
	}

	/** Throws LIMIT_REACHED when a new chunk is more than the site may hold. */
	add(header: ChunkHeader, payload: Buffer): Assembly {
		const partials = this.#partialsOf(header.streamIndex);
		const partial = partials.get(header.sequence) ?? this.#begin(header, partials);
		if (!fits(header, partial.header, payload)) {
			this.#drop(partials, header.sequence);
			return {kind: 'misfit'};
		}
		if (partial.arrived.has(header.sliceIndex)) {
			return {kind: 'duplicate-slice'};
		}
		partial.arrived.add(header.sliceIndex);
		if (header.sliceCount === 1) {
			partial.content = payload;
		} else {
			// The pool of small buffers is left alone: a chunk would keep a whole page of it.
			partial.content ??= Buffer.allocUnsafeSlow(header.chunkBytes);
			payload.copy(partial.content, header.offsetBytes);
		}
		if (partial.arrived.size < header.sliceCount) {
			return {kind: 'partial'};
		}
		partials.delete(header.sequence);
		return {kind: 'whole', chunk: chunkOf(partial.header, partial.content)};
	}

	/** Forgets what there is of a stream's chunks. */
	close(streamIndex: number): void {
		const partials = this.#partialsOf(streamIndex);
		for (const sequence of [...partials.keys()]) {
			this.#drop(partials, sequence);
		}
		this.#streams.delete(streamIndex);
	}

	#partialsOf(streamIndex: number): Map<number, PartialChunk> {
		const known = this.#streams.get(streamIndex) ?? new Map<number, PartialChunk>();
		this.#streams.set(streamIndex, known);
		return known;
	}

	#begin(header: ChunkHeader, partials: Map<number, PartialChunk>): PartialChunk {
		const oldest = partials.entries().next().value;
		if (oldest && partials.size >= partialChunksPerStreamMax) {
			this.#drop(partials, oldest[0]);
			this.#onIncomplete(oldest[1].header);
		}
		this.#budget.take(header.chunkBytes);
		const partial = {header, content: undefined, arrived: new Set<number>()};
		partials.set(header.sequence, partial);
		return partial;
	}

	#drop(partials: Map<number, PartialChunk>, sequence: number): void {
		const partial = partials.get(sequence);
		if (partial) {
			partials.delete(sequence);
			this.#budget.release(partial.header.chunkBytes);
		}
	}
}

type PartialChunk = {readonly header: ChunkHeader; content: Buffer | undefined; readonly arrived: Set<number>};

function fits(header: ChunkHeader, first: ChunkHeader, payload: Buffer): boolean {
	return (
		header.sliceCount === first.sliceCount &&
		header.chunkBytes === first.chunkBytes &&
		header.sliceIndex < header.sliceCount &&
		header.offsetBytes + payload.length <= header.chunkBytes &&
		(header.sliceCount > 1 || payload.length === header.chunkBytes)
	);
}

function chunkOf(header: ChunkHeader, content: Buffer): Chunk {
	const {sliceIndex: _index, sliceCount: _count, offsetBytes: _offset, chunkBytes: _bytes, ...chunk} = header;
	return {...chunk, content};
}
