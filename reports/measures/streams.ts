import type {VariantRun} from '../run-data.ts';
import {concurrentMax, deliveringCount, type StreamClass, streamsOf} from '../series.ts';
import {type Draft, quotient} from './draft.ts';

/** How many streams there were, how they ended, and the resolution that they brought. */
export function streamMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const streams = streamsOf(run, streamClass);
	const deliveries = streams.flatMap(stream => stream.deliveries);
	return [
		['streams.started', streams.filter(({startedSeconds}) => startedSeconds !== undefined).length],
		['streams.stopped', streams.filter(({ending}) => ending?.kind === 'stream.stopped').length],
		['streams.completed', streams.filter(({ending}) => ending?.kind === 'stream.completed').length],
		['streams.concurrentMax', concurrentMax(run, streamClass)],
		['streams.delivering', deliveringCount(run, streamClass, run.observedSeconds)],
		[
			'resolution.mean',
			quotient(
				deliveries.reduce((sum, {resolutionRatio}) => sum + resolutionRatio, 0),
				deliveries.length,
				'no chunk was delivered',
			),
		],
	];
}
