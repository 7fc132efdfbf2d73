import {RecordLineBatches, type RecordLines} from '#core/records/record-lines.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {RecordCollector} from '../testbed.ts';
import {addBatch} from './pending-count.ts';
import {simulateVariant} from './simulate-variant.ts';
import type {Keeping, SimulationTask, ThreadEvent, TravellingEnd} from './thread-messages.ts';

/**
 * Where this module lies, in the sources or as a bundle of its own, and the name of what a thread calls in it. It is imported
 * dynamically only, because a bundler would move it into a file of another name otherwise.
 */
export const simulationWorker = {url: import.meta.url, task: 'simulateDraw'} as const;

/** Simulates one draw in a thread of a pool; lines of its records are sent as they come. Rejects for mistakes of ours only. */
export async function simulateDraw({scenario, seed, keeping, pendingBatchCount, port}: SimulationTask): Promise<void> {
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
		const {failure, ...end} = await simulateVariant({
			scenario,
			seed,
			signal: halt.signal,
			emit: record => keeper.add(record),
		});
		const travelling: TravellingEnd = failure
			? {...end, failure: {code: failure.code, message: failure.message, hint: failure.hint}}
			: end;
		send({kind: 'ended', end: travelling, collected: keeper.finish()});
	} finally {
		port.close();
	}
}

async function keeperOf(
	keeping: Keeping,
	{scenario, send}: {readonly scenario: Scenario; readonly send: (lines: RecordLines) => void},
): Promise<ReturnType<RecordCollector['begin']>> {
	switch (keeping.kind) {
		case 'lines': {
			const batches = new RecordLineBatches(keeping, send);
			return {add: record => batches.add(record), finish: () => batches.flush()};
		}
		case 'collect': {
			const {recordCollector} = (await import(keeping.collectorUrl)) as {readonly recordCollector: RecordCollector};
			return recordCollector.begin(scenario);
		}
		default:
			return keeping satisfies never;
	}
}
