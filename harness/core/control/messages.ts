import type {ErrorCode} from '../errors.ts';
import type {DetectionCounts} from '../records/detection-counts.ts';
import type {StageOutput} from '../scenario/stage-output.ts';
import type {StageWork} from '../scenario/stage-works.ts';
import type {Application} from '../scenario/tunnel-schema.ts';
import type {BitsPerSecond, Bytes, Ms, Ratio, Seconds} from '../units.ts';
import type {DataServerEvent, SessionEvent} from './tunnel-messages.ts';

/**
 * What the harness and the program of a site say to each other, one JSON object a line, over the program's standard input
 * and output: never over a shaped link. Instants are in scenario seconds except where the name ends in `Ns` (monotonic
 * clock, as decimal text); sizes and rates are real ones, already scaled by the harness.
 */

/** How one site takes part in one stream. */
export type StreamPlan = {
	readonly stream: string;
	/** The stream's number in its variant, carried by every slice. */
	readonly streamIndex: number;
	/** Where the chunks go next: absent at the consumer. */
	readonly next?: {
		readonly link: string;
		readonly endpoint: string;
		/** The endpoint is this site's own: who takes the chunks connects to it. */
		readonly listens?: true;
	};
	/** Where they are kept for this site to fetch; absent where they are sent to it. */
	readonly source?: {readonly endpoint: string};
	/** Stages that this site holds, in order; the first stage of a stream is also where its resolution is set. */
	readonly stages: readonly StagePlan[];
	readonly resolutionRatio: Ratio;
	/** For the consumer of an application that is not ours: when it takes data, scenario time. */
	readonly receives?: {readonly fromSeconds: Seconds; readonly toSeconds: Seconds};
	/** Allowed rate of chunk data on the next link; absent where nothing is enforced. */
	readonly bitsPerSecond?: BitsPerSecond;
	/** For the producer: the open-loop plan. */
	readonly sends?: {
		readonly firstPlannedSeconds: Seconds;
		readonly everySeconds: Seconds;
		/** No chunk is planned at or after this. */
		readonly endSeconds: Seconds;
		/** The stream was open here before: it goes on with the first chunk that had not left, those overdue at once. */
		readonly resume?: true;
	};
};

/** One stage as a site holds it. */
export type StagePlan = {
	readonly name: string;
	readonly serviceSeconds: Seconds;
	readonly first: boolean;
	/** What it really does within its service; without it, the first stage reduces the image and the others wait. */
	readonly work?: StageWork;
	/** Of a stage that does no work, what leaves it, in scenario sizes; without it, what came. */
	readonly output?: StageOutput;
};

/** What moves through the pictures of a camera: how much of it, and how far it reaches along an axis, of the picture's side. */
export type TargetSizes = {
	readonly count: number;
	readonly leastRadiusRatio: Ratio;
	readonly greatestRadiusRatio: Ratio;
};

/** What a program is told once, before anything else. */
export type SiteSetup = {
	readonly site: string;
	readonly transport: string;
	/** Who uses the streams where it is not our chunks. */
	readonly application?: Exclude<Application, 'chunks'>;
	readonly listenEndpoint: string;
	readonly timeScale: number;
	readonly seed: number;
	/** Real bytes of a raw chunk. */
	readonly chunkBytes: Bytes;
	readonly sliceBytes: Bytes;
	readonly frames: {
		readonly encoding: 'raw' | 'jpeg';
		readonly jpegQuality: number;
		readonly distinct: number;
		readonly folder?: string;
		readonly targets?: TargetSizes;
	};
	readonly workers: number;
	/** Whether stages do real work here. */
	readonly measuresWork?: boolean;
	readonly bufferedBytesMax: Bytes;
};

export type NodeCommand =
	| {readonly kind: 'setup'; readonly setup: SiteSetup}
	/** Fixes scenario second 0; it can lie in the future. */
	| {readonly kind: 'start-clock'; readonly startNs: string}
	| {readonly kind: 'open-stream'; readonly plan: StreamPlan}
	| {readonly kind: 'set-rate'; readonly stream: string; readonly bitsPerSecond: BitsPerSecond}
	| {readonly kind: 'set-resolution'; readonly stream: string; readonly resolutionRatio: Ratio}
	/** The producer sends no more chunks; what is under way goes on. */
	| {readonly kind: 'end-stream'; readonly stream: string}
	/** The stream is over here: what is held or queued of it is dropped, its connection closed. */
	| {readonly kind: 'close-stream'; readonly stream: string}
	| {readonly kind: 'exit'};

export type NodeEvent =
	| {readonly kind: 'ready'}
	/** Registers with the coordinator, once, by the name of its site; `program` says what it runs. */
	| {readonly kind: 'join'; readonly node: string; readonly program: string}
	| {readonly kind: 'set-up'; readonly seconds: Seconds}
	/** The command was carried out, whether or not all of its connections could be made. */
	| {readonly kind: 'stream-opened'; readonly stream: string}
	/** A connection of the stream cannot be made, or was closed by the other side; the program goes on. */
	| {
			readonly kind: 'stream-broken';
			readonly stream: string;
			/** Which of the ways that the stream has been given. */
			readonly streamIndex: number;
			readonly message: string;
			readonly hint?: string;
	  }
	/** Of a broker's program: the topics that were asked for under this number can be written to and read. */
	| {readonly kind: 'topics-made'; readonly id: number}
	/** The producer has nothing more to send of this stream. */
	| {readonly kind: 'stream-sent'; readonly stream: string; readonly count: number}
	| {
			readonly kind: 'chunk-produced';
			readonly stream: string;
			readonly sequence: number;
			readonly plannedSeconds: Seconds;
			/** When the instrument handed it over. */
			readonly readySeconds: Seconds;
			/** When the stack began to take it. */
			readonly sentSeconds: Seconds;
			readonly bytes: Bytes;
	  }
	| {
			readonly kind: 'chunk-arrived';
			readonly stream: string;
			readonly sequence: number;
			readonly plannedSeconds: Seconds;
			readonly sentSeconds: Seconds;
			readonly arrivedSeconds: Seconds;
			readonly bytes: Bytes;
			readonly resolutionRatio: Ratio;
			readonly reordered: boolean;
			readonly detections?: DetectionCounts;
	  }
	| {readonly kind: 'chunk-duplicate' | 'chunk-corrupt'; readonly stream: string; readonly sequence: number}
	| {
			readonly kind: 'site-sample';
			readonly atSeconds: Seconds;
			readonly workersBusy: number;
			readonly cpuRatio: Ratio;
			readonly eventLoopLagMsP99: Ms;
			readonly bufferedBytes: Bytes;
	  }
	/** What a flow of an application that is not ours carried, as its own program measured it. */
	| {
			readonly kind: 'flow-ended';
			readonly stream: string;
			readonly bytes: Bytes;
			/** Real time. */
			readonly flowSeconds: Seconds;
			readonly bitsPerSecond: BitsPerSecond;
			readonly retransmitCount?: number;
			readonly requestCount?: number;
			readonly errorCount: number;
			readonly latencyMsP50?: Ms;
			readonly latencyMsP99?: Ms;
	  }
	| SessionEvent
	| DataServerEvent
	/** The program cannot go on; it ends after this. Without a code, by a mistake of ours. */
	| {readonly kind: 'failed'; readonly code?: ErrorCode; readonly message: string; readonly hint?: string};
