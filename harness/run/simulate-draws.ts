import type {StreambedError} from '#core/errors.ts';
import type {RecordLines} from '#core/records/record-lines.ts';
import type {VariantOutcome} from '#core/records/run-document.ts';
import type {StreambedRecord} from '#core/records/schema.ts';
import {refuseForeign} from '#testbeds/foreign/refuse-foreign.ts';
import type {VirtualTestbed} from '#testbeds/testbed.ts';
import {beginDraw, type Draw, outcomeOf, seedOf} from './draws.ts';

/** So many draws for each thread are begun before they are read: a thread does not wait for its neighbour. */
const aheadPerThread = 2;

/** Simulates draws, several at a time; their records come in the order of the draws, however many threads there are. */
export async function simulateDraws({
	draws,
	testbed,
	threadCount,
	write,
	writeLines,
	signal,
}: {
	readonly draws: readonly Draw[];
	readonly testbed: VirtualTestbed;
	readonly threadCount: number;
	readonly write: (record: StreambedRecord) => void;
	readonly writeLines: (lines: RecordLines) => void;
	readonly signal: AbortSignal;
}): Promise<ReadonlyArray<{readonly outcome: VariantOutcome; readonly error?: StreambedError}>> {
	for (const {scenario} of draws) {
		refuseForeign(scenario, {testbed: testbed.name, runs: 'nothing'});
	}
	await using simulations = await testbed.open({threadCount: Math.min(threadCount, draws.length)});
	const begin = (draw: Draw) => ({
		draw,
		simulated: simulations.begin({...draw, seed: seedOf(draw), signal}),
	});
	const ahead = draws.slice(0, aheadPerThread * threadCount).map(begin);
	const later = draws.slice(ahead.length).values();
	const ended = [];
	for (let next = ahead.shift(); next !== undefined && !signal.aborted; next = ahead.shift()) {
		const underWay = beginDraw(next.draw, {write, testbed});
		const end = await next.simulated.read(lines => {
			underWay.evidence.count(lines.countByKind);
			writeLines(lines);
		});
		ended.push({outcome: outcomeOf(underWay, end), ...(end.failure ? {error: end.failure} : {})});
		ahead.push(...later.take(1).map(begin));
	}
	return ended;
}
