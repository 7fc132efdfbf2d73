import {sum} from '#core/sum.ts';
import type {Bytes} from '#core/units.ts';
import type {ChunkCounts, VariantRun} from '../run-data.ts';
import {receivedBytes, type StreamClass, streamsOf} from '../series.ts';
import {type Draft, quotient} from './draft.ts';
import {flowsOf} from './tunnels.ts';

/** The chunks of all streams of a class together. */
export function chunkCounts(run: VariantRun, streamClass: StreamClass): ChunkCounts {
	const counts = {...noChunks};
	for (const {chunks} of streamsOf(run, streamClass)) {
		for (const name of chunkFates) {
			counts[name] += chunks[name];
		}
	}
	return counts;
}

/** What became of the chunks, whether they came in time, and what that makes in bits per second. */
export function chunkMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const counts = chunkCounts(run, streamClass);
	const settled = counts.delivered + counts.lost + counts.corrupt;
	const bytes = receivedWhileDriving(run, streamClass);
	const flows = flowsOf(run, streamClass);
	const throughput =
		flows.length > 0
			? flows.reduce((total, {bitsPerSecond}) => total + bitsPerSecond, 0)
			: quotient(bytes * 8, run.observedSeconds * run.scenario.timeScale, 'nothing was seen of driving');
	return [
		...chunkFates.filter(name => name !== 'contradictory').map(name => [`chunks.${name}`, counts[name]] as const),
		['chunks.lostBytes', lostBytes(run, streamClass)],
		['deadline.hitRatio', quotient(counts.delivered - counts.late, settled, 'the fate of no chunk was settled')],
		['throughput.bitsPerSecond', throughput],
	];
}

/** What reached the consumer while driving, of a class or of all. */
export function receivedWhileDriving(run: VariantRun, streamClass: StreamClass): Bytes {
	let bytes = 0;
	for (const {deliveries} of streamsOf(run, streamClass)) {
		for (const delivery of deliveries) {
			bytes += delivery.t >= 0 && delivery.t <= run.observedSeconds ? receivedBytes(delivery) : 0;
		}
	}
	return bytes;
}

/** What its producers sent of the chunks that did not come, or came damaged. */
function lostBytes(run: VariantRun, streamClass: StreamClass): number | {readonly none: string} {
	const sizes = streamsOf(run, streamClass).flatMap(({failures}) => failures.map(({producedBytes}) => producedBytes));
	const known = sizes.filter(bytes => bytes !== undefined);
	return known.length === sizes.length ? sum(known) : {none: 'no record says how large the chunks were that were lost'};
}

const noChunks = {
	produced: 0,
	delivered: 0,
	late: 0,
	lost: 0,
	corrupt: 0,
	duplicate: 0,
	reordered: 0,
	underWay: 0,
	contradictory: 0,
} satisfies ChunkCounts;

const chunkFates = Object.keys(noChunks) as ReadonlyArray<keyof ChunkCounts>;
