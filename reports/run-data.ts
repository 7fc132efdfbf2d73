import type {DetectionCounts} from '#core/records/detection-counts.ts';
import type {RunDocument, VariantOutcome} from '#core/records/run-document.ts';
import type {RecordOf} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Bytes, Ms, Ratio, Seconds} from '#core/units.ts';
import type {MeasuredDraw} from './measured-draw.ts';

/** A run folder, read: everything that measures, figures and pages are made of. Times are scenario seconds. */
export type RunData = {
	readonly folder: string;
	readonly document: RunDocument;
	readonly scenario: ResolvedScenario;
	/** By variant in the order of `run.json`, then by repeat. */
	readonly runs: readonly VariantRun[];
	/** Of draws whose records were not kept, in the same order; absent where all were. */
	readonly measuredOnly?: readonly MeasuredDraw[];
	readonly recordCount: number;
	/** The last record was not written to its end: the run was killed. */
	readonly cutShort: boolean;
};

/** `scenario.json`: the scenario as it was run, one resolved scenario a variant. */
export type ResolvedScenario = {
	readonly name: string;
	readonly title: string;
	readonly variants: Readonly<Record<string, Scenario>>;
};

/** One draw of one variant. */
export type VariantRun = {
	readonly variant: string;
	readonly repeat: number;
	readonly scenario: Scenario;
	readonly outcome: VariantOutcome | undefined;
	/** It was simulated for a comparison and has no run folder, so no outcome either. */
	readonly isModelOnly?: true;
	readonly ended: RecordOf<'run.ended'> | undefined;
	/** How much of driving was seen: all of it, or up to the last record of a run that was cut. */
	readonly observedSeconds: Seconds;
	readonly requests: readonly RequestHistory[];
	readonly streams: readonly StreamHistory[];
	readonly links: readonly LinkSeries[];
	readonly sites: readonly SiteSeries[];
	readonly changes: ReadonlyArray<RecordOf<'link.changed'>>;
	readonly incidents: readonly Incident[];
	/** Of applications that are not ours. */
	readonly flows: ReadonlyArray<RecordOf<'flow.ended'>>;
	/** Of streams through a tunnel, in their order. */
	readonly sessions: readonly SessionRecord[];
	/** Of programs that are not ours. */
	readonly foreign: ReadonlyArray<RecordOf<'foreign.sample'>>;
};

/** What went wrong beside links that changed, and what was done about it. */
export type Incident = RecordOf<'node.left' | 'fault.injected' | 'stream.replaced' | 'link.detected'>;

export type SessionRecord = RecordOf<'session.opened' | 'session.closed' | 'session.refused'>;

export type RequestHistory = {
	readonly request: string;
	readonly minimumResolutionRatio: Ratio;
	readonly deadlineSeconds: Seconds | undefined;
	readonly arrivedSeconds: Seconds;
	readonly answer: RecordOf<'request.accepted'> | RecordOf<'request.rejected'> | undefined;
};

export type StreamHistory = {
	readonly stream: string;
	/** The class of the stream; `null` when the records never said it. */
	readonly minimumResolutionRatio: Ratio | null;
	readonly startedSeconds: Seconds | undefined;
	readonly ending: RecordOf<'stream.stopped'> | RecordOf<'stream.completed'> | undefined;
	/** Where it stood, from its acceptance on. */
	readonly placements: readonly StreamPlacement[];
	/** In order of arrival; chunks of the warm-up are left out. */
	readonly deliveries: readonly Delivery[];
	/** Chunks that were given up or found damaged. */
	readonly failures: readonly Failure[];
	readonly chunks: ChunkCounts;
};

/** From an instant on: the sites of a stream's stages, in their order, and the links that it crosses. */
export type StreamPlacement = {
	readonly t: Seconds;
	readonly sites: readonly string[];
	readonly links: readonly string[];
};

export type Delivery = {
	readonly t: Seconds;
	readonly sequence: number;
	/** From the planned send. */
	readonly latencySeconds: Seconds;
	/** From the actual send. */
	readonly transitSeconds: Seconds;
	readonly resolutionRatio: Ratio;
	/** Real bytes, as they crossed the links. */
	readonly bytes: Bytes;
	/** As the producer sent it; `undefined` when no record says so. */
	readonly producedBytes: Bytes | undefined;
	readonly late: boolean;
	/** Of a chunk that came once for several requests: how many streams got a copy. */
	readonly sharedByCount?: number;
	/** Of chunks that are lists of detections. */
	readonly detections?: DetectionCounts;
};

export type Failure = {
	readonly fate: 'lost' | 'corrupt';
	/** When that was found. */
	readonly t: Seconds;
	/** When it was to be sent; `undefined`, as its bytes are, when no record says that it was produced. */
	readonly plannedSeconds: Seconds | undefined;
	/** As the producer sent it. */
	readonly producedBytes: Bytes | undefined;
};

export type ChunkCounts = {
	readonly produced: number;
	readonly delivered: number;
	readonly late: number;
	readonly lost: number;
	readonly corrupt: number;
	readonly duplicate: number;
	readonly reordered: number;
	/** Produced, and no word of them when the records end. */
	readonly underWay: number;
	/** Chunks whose records contradict one another: two fates, or a fate and no beginning. */
	readonly contradictory: number;
};

/** One direction of a link. */
export type LinkSeries = {
	readonly link: string;
	readonly from: string;
	readonly samples: ReadonlyArray<{
		readonly t: Seconds;
		readonly capacityBitsPerSecond: BitsPerSecond;
		readonly bitsPerSecond: BitsPerSecond;
		/** Since the sample before. */
		readonly droppedCount: number;
	}>;
};

export type SiteSeries = {
	readonly site: string;
	readonly samples: ReadonlyArray<{
		readonly t: Seconds;
		readonly workersReserved: number;
		readonly workers: number;
		/** Of one core. */
		readonly cpuRatio: Ratio;
		/** Real time. */
		readonly eventLoopLagMsP99: Ms;
	}>;
};
