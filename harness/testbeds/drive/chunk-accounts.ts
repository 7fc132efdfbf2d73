import type {LossReason} from '#core/records/schema.ts';

/** Who still owes what: every produced chunk ends as delivered, corrupt or lost, once. */
export class ChunkAccounts {
	readonly #outstanding = new Map<string, Set<number>>();
	/** Chunks that were accounted before their production was heard of: the two reports travel by different pipes. */
	readonly #early = new Map<string, Set<number>>();

	produced(stream: string, sequence: number): void {
		if (this.#early.get(stream)?.delete(sequence) !== true) {
			entry(this.#outstanding, stream).add(sequence);
		}
	}

	/** Delivered or corrupt: no longer under way. */
	settled(stream: string, sequence: number): void {
		if (this.#outstanding.get(stream)?.delete(sequence) !== true) {
			entry(this.#early, stream).add(sequence);
		}
	}

	outstandingCount(stream: string): number {
		return this.#outstanding.get(stream)?.size ?? 0;
	}

	/** The sequences that are under way. */
	outstanding(stream: string): readonly number[] {
		return [...(this.#outstanding.get(stream) ?? [])];
	}

	get outstandingTotalCount(): number {
		return [...this.#outstanding.values()].reduce((sum, sequences) => sum + sequences.size, 0);
	}

	/** What never arrived, each with the reason that its stream's end gives. */
	losses(
		reasonOf: (stream: string) => LossReason,
	): ReadonlyArray<{stream: string; sequence: number; reason: LossReason}> {
		return [...this.#outstanding].flatMap(([stream, sequences]) =>
			[...sequences].sort((a, b) => a - b).map(sequence => ({stream, sequence, reason: reasonOf(stream)})),
		);
	}
}

function entry(map: Map<string, Set<number>>, stream: string): Set<number> {
	const known = map.get(stream);
	if (known) {
		return known;
	}
	const fresh = new Set<number>();
	map.set(stream, fresh);
	return fresh;
}
