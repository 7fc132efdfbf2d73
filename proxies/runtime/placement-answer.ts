import type {Seconds, Usd} from '#core/units.ts';

/**
 * Sums of the same numbers in another order differ in their last bits; a deadline or budget counts as met up to this share
 * above it.
 */
export const limitTolerance = 1e-9;

export type PlacementMeasures = {
	/** Σ bytes · distance over all transfers. */
	readonly objectiveByteKm: number;
	readonly completionSeconds: Seconds;
	readonly costUsd: Usd;
};

export type FeasiblePlacement = PlacementMeasures & {
	readonly feasible: true;
	/** The resource of each stage, by name. */
	readonly mapping: readonly string[];
	/** shortest-path: neither limit binds; pareto-labels: at least one does; highs: the reference solver was asked. */
	readonly solver: 'shortest-path' | 'pareto-labels' | 'highs';
};

export type InfeasiblePlacement = {
	readonly feasible: false;
	/** What cannot be met; `deadline and budget`: not both by one placement. */
	readonly constraint: 'path' | 'deadline' | 'budget' | 'deadline and budget';
	/** In words, with the best value that can be reached. */
	readonly reason: string;
	/** The fastest placement; where both limits are to blame, the fastest one within the budget if there is any. */
	readonly bestCompletionSeconds?: Seconds;
	/** The cheapest placement; where both limits are to blame, the cheapest one within the deadline if there is any. */
	readonly bestCostUsd?: Usd;
};

export type PlacementAnswer = FeasiblePlacement | InfeasiblePlacement;
