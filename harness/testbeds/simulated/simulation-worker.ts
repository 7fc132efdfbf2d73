import {RecordLineBatches, type RecordLines} from '#core/records/record-lines.ts';
import type {RecordKind} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {RecordCollector} from '../testbed.ts';
import {addBatch} from './pending-count.ts';
import {simulateVariant} from './simulate-variant.ts';
import type {Keeping, SimulationTask, ThreadEvent} from './thread-messages.ts';
import {departing} from './travelling-end.ts';

/**
 * Where this module lies, in the sources or as a bundle of its own, and the name of what a thread calls in it. It is imported
 * dynamically only, because a bundler would move it into a file of another name otherwise.
 */
export const simulationWorker = {url: import.meta.url, task: 'simulateDraw'} as const;

/** The draw that this thread was given last. */
let latest: Promise<void> = Promise.resolve();

/**
 * Simulates one draw in a thread of a pool, which calls it by its name; lines of its records are sent as they come. A thread is
 * given its next draw before it is free, so that it never waits for one; that draw begins when the one before it has ended.
 * Rejects for mistakes of ours only.
 *
 * @public
 */
export async function simulateDraw(task: SimulationTask): Promise<void> {
	const before = latest;
	const {promise, resolve} = Promise.withResolvers<void>();
	latest = promise;
	await before;
	try {
		await simulate(task);
	} finally {
		resolve();
	}
}

async function simulate({scenario, seed, keeping, pendingBatchCount, port}: SimulationTask): Promise<void> {
	const halt = new AbortController();
	const send = (event: ThreadEvent, transferred?: ArrayBuffer) =>
		port.postMessage(event, transferred ? [transferred] : []);
	port.once('message', () => halt.abort());
	try {
		const keeper = await keeperOf(keeping, {
			scenario,
			send(lines) {
				const bytes = new Uint8Array(lines.bytes);
				addBatch(pendingBatchCount);
				send({kind: 'lines', lines: {...lines, bytes}}, bytes.buffer);
			},
		});
		const end = await simulateVariant({
			scenario,
			seed,
			signal: halt.signal,
			emit: record => keeper.add(record),
		});
		send({kind: 'ended', end: departing(end), collected: keeper.finish(), countByKind: keeper.countByKind});
	} finally {
		port.close();
	}
}

type Keeper = ReturnType<RecordCollector['begin']> & {readonly countByKind: ReadonlyMap<RecordKind, number>};

async function keeperOf(
	keeping: Keeping,
	{scenario, send}: {readonly scenario: Scenario; readonly send: (lines: RecordLines) => void},
): Promise<Keeper> {
	switch (keeping.kind) {
		case 'lines': {
			const batches = new RecordLineBatches(keeping, send);
			// Each batch of lines has its own counts.
			return {add: record => batches.add(record), finish: () => batches.flush(), countByKind: new Map()};
		}
		case 'collect': {
			const {recordCollector} = (await import(keeping.collectorUrl)) as {readonly recordCollector: RecordCollector};
			return counted(recordCollector.begin(scenario));
		}
		default:
			return keeping satisfies never;
	}
}

function counted(collector: ReturnType<RecordCollector['begin']>): Keeper {
	const countByKind = new Map<RecordKind, number>();
	return {
		countByKind,
		add(record) {
			countByKind.set(record.kind, (countByKind.get(record.kind) ?? 0) + 1);
			collector.add(record);
		},
		finish: () => collector.finish(),
	};
}
