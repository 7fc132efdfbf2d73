import type {Ratio, Seconds, Usd} from '../units.ts';

/** A request as the load plan draws it, before anybody has looked at it. */
export type PlannedRequest = {
	readonly request: string;
	readonly atSeconds: Seconds;
	/** How long the user wants the stream, from its first chunk; until driving ends, where the scenario says so. */
	readonly durationSeconds: Seconds;
	readonly minimumResolutionRatio: Ratio;
	readonly deadlineSeconds: Seconds;
	readonly budgetUsdPerChunk: Usd;
	/** What it asks for; absent where every request asks for data of its own. */
	readonly source?: string;
};
