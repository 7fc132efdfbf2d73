import assert from 'node:assert/strict';
import {parentPort} from 'node:worker_threads';
import {RecordBatches} from './record-batches.ts';
import {simulateVariant} from './simulate-variant.ts';
import type {ThreadCommand, ThreadEvent, TravellingEnd} from './thread-messages.ts';

/**
 * Where this module lies, in the sources or as a bundle of its own, and what a thread that is started with it does: one draw
 * after the other, its records sent as they come. It is imported dynamically only, because a bundler would move it into a
 * file of another name otherwise.
 */
export const simulationWorker = {url: import.meta.url, serve: serveSimulations};

function serveSimulations(): void {
	const port = parentPort;
	assert(port, 'simulations are served in a worker thread');
	const send = (event: ThreadEvent) => port.postMessage(event);
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
	{scenario, seed, pendingBatchCount}: Extract<ThreadCommand, {kind: 'simulate'}>,
	signal: AbortSignal,
	send: (event: ThreadEvent) => void,
): Promise<void> {
	const batches = new RecordBatches(pendingBatchCount, records => send({kind: 'records', records}));
	const {failure, ...end} = await simulateVariant({scenario, seed, signal, emit: record => batches.add(record)});
	batches.flush();
	const travelling: TravellingEnd = failure
		? {...end, failure: {code: failure.code, message: failure.message, hint: failure.hint}}
		: end;
	send({kind: 'ended', end: travelling});
}
