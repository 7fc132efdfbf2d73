import {sum} from '#core/sum.ts';
import type {Ratio} from '#core/units.ts';
import type {StreamHistory, VariantRun} from '../run-data.ts';
import {concurrentMax, deliveringCount, type StreamClass, streamsOf} from '../series.ts';
import {type Draft, quotient} from './draft.ts';

/** How many streams there were, how they ended, and the resolution that they brought. */
export function streamMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const streams = streamsOf(run, streamClass);
	const deliveredCount = sum(streams.map(({deliveries}) => deliveries.length));
	return [
		['streams.started', streams.filter(({startedSeconds}) => startedSeconds !== undefined).length],
		['streams.stopped', streams.filter(({ending}) => ending?.kind === 'stream.stopped').length],
		['streams.completed', streams.filter(({ending}) => ending?.kind === 'stream.completed').length],
		['streams.concurrentMax', concurrentMax(run, streamClass)],
		['streams.delivering', deliveringCount(run, streamClass, run.observedSeconds)],
		['resolution.mean', quotient(summedResolution(streams), deliveredCount, 'no chunk was delivered')],
	];
}

function summedResolution(streams: readonly StreamHistory[]): Ratio {
	let ratio = 0;
	for (const {deliveries} of streams) {
		for (const {resolutionRatio} of deliveries) {
			ratio += resolutionRatio;
		}
	}
	return ratio;
}
