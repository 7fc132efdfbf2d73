import type {RejectionReason} from '#core/records/schema.ts';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {BitsPerSecond, Bytes, Ratio, Seconds, Usd} from '#core/units.ts';

/** What the brain hears and what it answers. Times, sizes and rates are scenario ones: the brain never knows the time scale. */

export type {PlannedRequest} from '#core/scenario/planned-request.ts';

export type BrainEvent =
	| {readonly kind: 'request.arrived'; readonly t: Seconds; readonly request: PlannedRequest}
	/** The user's time is over: the reservation is given back. */
	| {readonly kind: 'stream.ended'; readonly t: Seconds; readonly stream: string}
	| {
			readonly kind: 'chunk.delivered';
			readonly t: Seconds;
			readonly stream: string;
			readonly sequence: number;
			readonly plannedSendSeconds: Seconds;
	  }
	| {
			readonly kind: 'link.changed';
			readonly t: Seconds;
			readonly link: string;
			readonly rateBitsPerSecond: BitsPerSecond;
	  }
	| {readonly kind: 'site.lost'; readonly t: Seconds; readonly site: string};

export type PlacedStage = {readonly stage: string; readonly site: string; readonly serviceSeconds: Seconds};
export type Hop = {readonly link: string; readonly from: string; readonly to: string};
export type LinkRate = {readonly link: string; readonly bitsPerSecond: BitsPerSecond};

export type Acceptance = {
	readonly kind: 'accept';
	readonly request: string;
	readonly stream: string;
	readonly streamIndex: number;
	readonly placement: readonly PlacedStage[];
	/** From producer to consumer, every link that the stream crosses. */
	readonly path: readonly Hop[];
	/** Bytes of a chunk on each hop of the path, at minimum resolution. */
	readonly hopBytes: readonly Bytes[];
	readonly reservations: readonly LinkRate[];
	readonly objectiveByteKm: number;
	/** Planned, at the reserved rates and minimum resolution; the last arrival of the plan. */
	readonly completionSeconds: Seconds;
	readonly costUsd: Usd;
	readonly resolutionRatio: Ratio;
};

export type BrainAction =
	| Acceptance
	| {readonly kind: 'reject'; readonly request: string; readonly reason: RejectionReason; readonly detail: string}
	/** Only with `sharing: reserved`. */
	| {readonly kind: 'set-rates'; readonly stream: string; readonly rates: readonly LinkRate[]}
	| {
			readonly kind: 'set-resolution';
			readonly stream: string;
			readonly resolutionRatio: Ratio;
			readonly previousResolutionRatio: Ratio;
			readonly diffSeconds: Seconds;
			readonly condition: string;
	  }
	| {readonly kind: 'stop'; readonly stream: string; readonly reason: string}
	| {readonly kind: 'complete'; readonly stream: string};

/** Pure: the same events in the same order give the same actions. */
export type Brain = {
	handle(event: BrainEvent): readonly BrainAction[];
	/** The state that reports sample: workers held at each compute site. */
	workersReserved(): ReadonlyMap<string, number>;
	/** Planned − actual arrival of a chunk of a running stream: positive is early. */
	diffSeconds(arrival: {readonly stream: string; readonly plannedSendSeconds: Seconds; readonly t: Seconds}): Seconds;
};
