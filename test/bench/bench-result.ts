/** One figure of a benchmark, held against its mark. */
export type BenchResult = {
	readonly name: string;
	readonly value: number;
	readonly unit: string;
	/** The mark in words, with its unit: `≤ 0.4 s`. */
	readonly target: string;
	readonly met: boolean;
	/** How it was measured, as far as the name does not say. */
	readonly detail?: string;
};
