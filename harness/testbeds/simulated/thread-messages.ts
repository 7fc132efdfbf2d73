import type {MessagePort} from 'node:worker_threads';
import type {RecordLines} from '#core/records/record-lines.ts';
import type {RecordKind} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {TravellingEnd} from './travelling-end.ts';

/** What a simulation thread is given to do; it is done when its last event is on its way. */
export type SimulationTask = {
	readonly scenario: Scenario;
	readonly seed: number;
	readonly keeping: Keeping;
	/** Shared: how many batches of this draw are on their way to the reader. */
	readonly pendingBatchCount: Int32Array;
	/** Where it says its events; whatever it hears there tells it to end before its time. */
	readonly port: MessagePort;
};

/** What becomes of a draw's records: lines of this variant's repeat, or what a module collects from them. */
export type Keeping =
	| {readonly kind: 'lines'; readonly variant: string; readonly repeat: number}
	| {readonly kind: 'collect'; readonly collectorUrl: string};

/** What it says. */
export type ThreadEvent =
	| {readonly kind: 'lines'; readonly lines: RecordLines}
	| {
			readonly kind: 'ended';
			readonly end: TravellingEnd;
			/** Of a draw whose records are collected; of one whose lines were sent, nothing. */
			readonly collected: unknown;
			readonly countByKind: ReadonlyMap<RecordKind, number>;
	  };
