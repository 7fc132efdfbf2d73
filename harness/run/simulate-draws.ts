import type {Clock} from '#core/clock.ts';
import type {StreambedError} from '#core/errors.ts';
import type {RecordLines} from '#core/records/record-lines.ts';
import type {VariantOutcome} from '#core/records/run-document.ts';
import type {RecordKind, StreambedRecord} from '#core/records/schema.ts';
import type {CollectedDraw, SimulatedDraw, VirtualTestbed} from '#testbeds/testbed.ts';
import {beginDraw, type Draw, outcomeOf, seedOf} from './draws.ts';

/** So many draws for each thread are begun before they are read: a thread does not wait for its neighbour, nor for its next draw. */
const aheadPerThread = 4;

type DrawEnd = {readonly outcome: VariantOutcome; readonly error?: StreambedError};

/** A draw that was asked for. */
type Begun =
	| {readonly kind: 'kept'; readonly draw: Draw; readonly simulated: SimulatedDraw}
	| {readonly kind: 'measured'; readonly draw: Draw; readonly collected: Promise<CollectedDraw>};

export type SimulateDrawsOptions = {
	readonly draws: readonly Draw[];
	readonly testbed: VirtualTestbed;
	readonly threadCount: number;
	/** Tells what is made for this run from what is made for others. */
	readonly label: string;
	/** Where what the programs of this run leave is kept; made when it is needed. */
	readonly logFolder: string;
	readonly clock: Clock;
	/** Measures all draws of a variant after its first where they are made, in place of keeping their records. */
	readonly measuring?: Measuring;
	readonly write: (record: StreambedRecord) => void;
	readonly writeLines: (lines: RecordLines) => void;
	/** Takes a draw that was measured, as one line of a file is made of it. */
	readonly writeMeasured: (draw: object) => void;
	readonly signal: AbortSignal;
};

export type Measuring = {
	/** Of the module that measures: it exports a `recordCollector`. */
	readonly collectorUrl: string;
	/** How many records a draw had that were not kept. */
	readonly onCounts: (countByKind: ReadonlyMap<RecordKind, number>) => void;
};

/** Simulates draws, several at a time; what is written of them is in their order, however many threads there are. */
export async function simulateDraws(options: SimulateDrawsOptions): Promise<readonly DrawEnd[]> {
	const {draws, testbed, threadCount, measuring, signal} = options;
	await using simulations = await testbed.open({...options, threadCount: Math.min(threadCount, draws.length)});
	const begin = (draw: Draw): Begun => {
		const order = {...draw, seed: seedOf(draw), signal};
		if (!measuring || draw.repeat === 0) {
			return {kind: 'kept', draw, simulated: simulations.begin(order)};
		}
		const collected = simulations.collect({...order, collectorUrl: measuring.collectorUrl});
		// What goes wrong is heard of when it is its turn.
		collected.catch(() => {});
		return {kind: 'measured', draw, collected};
	};
	const ahead = draws.slice(0, aheadPerThread * threadCount).map(begin);
	const later = draws.slice(ahead.length).values();
	const ended: DrawEnd[] = [];
	for (let next = ahead.shift(); next !== undefined && !signal.aborted; next = ahead.shift()) {
		ended.push(await endOf(next, options));
		ahead.push(...later.take(1).map(begin));
	}
	return ended;
}

async function endOf(begun: Begun, options: SimulateDrawsOptions): Promise<DrawEnd> {
	switch (begun.kind) {
		case 'kept': {
			const underWay = beginDraw(begun.draw, options);
			const end = await begun.simulated.read(lines => {
				underWay.evidence.count(lines.countByKind);
				options.writeLines(lines);
			});
			return {outcome: outcomeOf(underWay, end), ...(end.failure ? {error: end.failure} : {})};
		}
		case 'measured': {
			const {variant, repeat} = begun.draw;
			const underWay = beginDraw(begun.draw, {...options, write: () => {}});
			const {end, collected, countByKind} = await begun.collected;
			underWay.evidence.count(countByKind);
			options.writeMeasured({...(collected as object), variant, repeat});
			options.measuring?.onCounts(countByKind);
			return {outcome: outcomeOf(underWay, end), ...(end.failure ? {error: end.failure} : {})};
		}
		default:
			return begun satisfies never;
	}
}
