import type {RejectionReason} from '#core/records/schema.ts';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {StageOutput} from '#core/scenario/stage-output.ts';
import type {StageWork} from '#core/scenario/stage-works.ts';
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
	/** A chunk has come to a stage; heard only where the scenario checks at each. */
	| {
			readonly kind: 'chunk.reached';
			readonly t: Seconds;
			readonly stream: string;
			readonly stageIndex: number;
			readonly plannedSendSeconds: Seconds;
	  }
	| {
			readonly kind: 'link.changed';
			readonly t: Seconds;
			readonly link: string;
			/** The site that sends in the direction that is meant; without it, both are. */
			readonly from?: string;
			readonly rateBitsPerSecond: BitsPerSecond;
	  }
	/** So many workers the site has from now on. */
	| {readonly kind: 'site.workers'; readonly t: Seconds; readonly site: string; readonly workers: number}
	| {readonly kind: 'site.lost'; readonly t: Seconds; readonly site: string};

export type PlacedStage = {
	readonly stage: string;
	readonly site: string;
	readonly serviceSeconds: Seconds;
	/** What leaves it; without it, the image at the chunk's resolution. */
	readonly output?: StageOutput;
	/** What it really does; without it, it only takes its time. */
	readonly work?: StageWork;
};
export type Hop = {readonly link: string; readonly from: string; readonly to: string};
export type LinkRate = {readonly link: string; readonly bitsPerSecond: BitsPerSecond};

/** A topic that carries a stream from one site to the next: who writes it and who reads it, and at which site's broker it stands. */
export type Subscription = {
	readonly topic: string;
	readonly broker: string;
	readonly writer: string;
	readonly reader: string;
};

/** Where a stream stands and what it holds there. */
export type Allocation = {
	readonly stream: string;
	/** No two allocations have the same, so that slices of one that was given up are not taken for those of another. */
	readonly streamIndex: number;
	readonly placement: readonly PlacedStage[];
	/** From producer to consumer, every link that the stream crosses. */
	readonly path: readonly Hop[];
	/** Bytes of a chunk on each hop of the path, at minimum resolution. */
	readonly hopBytes: readonly Bytes[];
	readonly reservations: readonly LinkRate[];
	/** In the order of the path; empty where the stack has no brokers. */
	readonly subscriptions: readonly Subscription[];
	readonly objectiveByteKm: number;
	/** Planned, at the reserved rates and minimum resolution; the last arrival of the plan. */
	readonly completionSeconds: Seconds;
	readonly costUsd: Usd;
	readonly resolutionRatio: Ratio;
};

export type Acceptance = Allocation & {
	readonly kind: 'accept';
	readonly request: string;
	/** The running stream that carries this one too: what is allocated is that stream's, from now on. Nothing is opened. */
	readonly carrier?: string;
};

/**
 * A running stream moves, and with it all that it carries: all of it is closed where it stood, and opened as this says. It
 * begins again at its minimum resolution.
 */
export type Move = Allocation & {readonly kind: 're-place'; readonly reason: string};

export type BrainAction =
	| Acceptance
	| Move
	| {readonly kind: 'reject'; readonly request: string; readonly reason: RejectionReason; readonly detail: string}
	/** Only with `sharing: reserved`; to what carries others. */
	| {readonly kind: 'set-rates'; readonly stream: string; readonly rates: readonly LinkRate[]}
	| {
			readonly kind: 'set-resolution';
			readonly stream: string;
			readonly resolutionRatio: Ratio;
			readonly previousResolutionRatio: Ratio;
			/** Of the chunk that caused it, where one did. */
			readonly diffSeconds?: Seconds;
			readonly condition: string;
	  }
	/** One request’s stream is over; what carries it goes on for as long as it carries another. */
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
