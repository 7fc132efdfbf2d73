import assert from 'node:assert/strict';
import {parentPort} from 'node:worker_threads';
import {RecordLineBatches, type RecordLines} from '#core/records/record-lines.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {RecordCollector} from '../testbed.ts';
import {addBatch} from './pending-count.ts';
import {simulateVariant} from './simulate-variant.ts';
import type {Keeping, ThreadCommand, ThreadEvent, TravellingEnd} from './thread-messages.ts';

/**
 * Where this module lies, in the sources or as a bundle of its own, and what a thread that is started with it does: one draw
 * after the other, lines of its records sent as they come. It is imported dynamically only, because a bundler would move it into a
 * file of another name otherwise.
 */
export const simulationWorker = {url: import.meta.url, serve: serveSimulations};

function serveSimulations(): void {
	const port = parentPort;
	assert(port, 'simulations are served in a worker thread');
	const send = (event: ThreadEvent, transferred?: ArrayBuffer) =>
		port.postMessage(event, transferred ? [transferred] : []);
	let halt = new AbortController();
	port.on('message', (command: ThreadCommand) => {
		switch (command.kind) {
			case 'simulate':
				halt = new AbortController();
				// What goes wrong in it is a mistake of ours, and ends the thread with its reason.
				void simulate(command, halt.signal, send);
				break;
			case 'abort':
				halt.abort();
				break;
			default:
				command satisfies never;
		}
	});
}

async function simulate(
	{scenario, seed, keeping, pendingBatchCount}: Extract<ThreadCommand, {kind: 'simulate'}>,
	signal: AbortSignal,
	send: (event: ThreadEvent, transferred?: ArrayBuffer) => void,
): Promise<void> {
	const keeper = await keeperOf(keeping, {
		scenario,
		send(lines) {
			const bytes = new Uint8Array(lines.bytes);
			addBatch(pendingBatchCount);
			send({kind: 'lines', lines: {...lines, bytes}}, bytes.buffer);
		},
	});
	const {failure, ...end} = await simulateVariant({scenario, seed, signal, emit: record => keeper.add(record)});
	const travelling: TravellingEnd = failure
		? {...end, failure: {code: failure.code, message: failure.message, hint: failure.hint}}
		: end;
	send({kind: 'ended', end: travelling, collected: keeper.finish()});
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
