import type {BitsPerSecond, Ratio, Seconds} from '#core/units.ts';
import type {SizedCandidate} from './candidates.ts';
import type {Holding} from './ledger.ts';
import type {LinkRate, PlannedRequest} from './messages.ts';

/** A request that a stream serves, alone or beside others. */
export type Member = {
	/** The name under which the request was accepted. */
	readonly stream: string;
	readonly request: PlannedRequest;
	/** Chunks planned before this are not held against it: they are not for it, or left before the stream grew. */
	readonly fromSeconds: Seconds;
	/** Deadlines missed in a row with the resolution at its minimum. */
	readonly missedCount: number;
};

/** What the brain holds of a stream. */
export type StreamState = Holding & {
	readonly streamIndex: number;
	readonly candidate: SizedCandidate;
	/** In the order of their acceptance; none once the stream is over. */
	readonly members: readonly Member[];
	/** What its strictest members ask for. */
	readonly demand: PlannedRequest;
	/** Planned arrival of a chunk, from its planned send. */
	readonly completionSeconds: Seconds;
	/** Planned arrival at each stage, from the planned send. */
	readonly stageSeconds: readonly Seconds[];
	/** What it may send on each hop of its path. */
	readonly bitsPerSecond: BitsPerSecond[];
	readonly resolutionRatio: Ratio;
	readonly running: boolean;
};

/** A stream before and after somebody joined or left it. */
export type Change = {readonly before: StreamState; readonly after: StreamState};

/** What a running stream may send, link by link. */
export function ratesOf({path, bitsPerSecond}: StreamState): readonly LinkRate[] {
	return path.map(({link}, hop) => ({link, bitsPerSecond: bitsPerSecond[hop] as BitsPerSecond}));
}
