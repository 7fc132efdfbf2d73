import type {ErrorCode} from '#core/errors.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {VariantEnd} from '../testbed.ts';

/** What a simulation thread is told. */
export type ThreadCommand =
	| {
			readonly kind: 'simulate';
			readonly scenario: Scenario;
			readonly seed: number;
			/** Shared: how many batches of this draw are on their way to the reader. */
			readonly pendingBatchCount: Int32Array;
	  }
	| {readonly kind: 'abort'};

/** What it says. */
export type ThreadEvent =
	| {readonly kind: 'records'; readonly records: readonly RecordBody[]}
	| {readonly kind: 'ended'; readonly end: TravellingEnd};

/** How a draw ended; an error loses its class on the way between threads. */
export type TravellingEnd = Omit<VariantEnd, 'failure'> & {
	readonly failure?: {readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined};
};
