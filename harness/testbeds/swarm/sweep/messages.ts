import type {RecordKind} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {TravellingEnd} from '../../simulated/travelling-end.ts';

/** What the harness tells a worker of a sweep: one JSON object a line. */
export type SweepOrder =
	| {
			readonly kind: 'simulate';
			/** Of the draw, in this sweep. */
			readonly id: number;
			readonly scenario: Scenario;
			readonly seed: number;
			/** Of the module that measures, below the root of the package. */
			readonly collectorPath: string;
	  }
	/** The draw ends before its time. */
	| {readonly kind: 'abort'; readonly id: number};

/** What a worker tells the harness. */
export type SweepReport =
	/** It is there and waits for a draw; once. */
	| {
			readonly kind: 'hello';
			readonly node: string;
			/** The digest of its programs. */
			readonly programs: string;
	  }
	/** The result of a draw, and it waits for the next. */
	| {
			readonly kind: 'measured';
			readonly id: number;
			readonly end: TravellingEnd;
			readonly collected: unknown;
			readonly counts: ReadonlyArray<readonly [RecordKind, number]>;
	  }
	/** A mistake of ours ended the draw. */
	| {readonly kind: 'broken'; readonly id: number; readonly message: string};

/** In the environment of a worker: the name of the node that it stands on. */
export const nodeVariable = 'STREAMBED_NODE';
