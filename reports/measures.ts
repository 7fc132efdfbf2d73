import type {Measurement} from './measurement.ts';
import {chunkMeasures} from './measures/chunks.ts';
import {costMeasures, infrastructureCostMeasures} from './measures/cost.ts';
import {detectionMeasures} from './measures/detections.ts';
import {type Draft, drafted} from './measures/draft.ts';
import {foreignMeasures} from './measures/foreign.ts';
import {infrastructureMeasures} from './measures/infrastructure.ts';
import {latencyMeasures} from './measures/latency.ts';
import {lifeMeasures} from './measures/life.ts';
import {mergeMeasures} from './measures/merge.ts';
import {requestMeasures} from './measures/requests.ts';
import {streamMeasures} from './measures/streams.ts';
import {flowMeasures, sessionMeasures} from './measures/tunnels.ts';
import type {VariantRun} from './run-data.ts';
import {classesOf, type StreamClass} from './series.ts';

/** All measures of one repeat of one variant: of all streams, then by class. Definitions stand in `docs/measures.md`. */
export function measureVariantRun(run: VariantRun): readonly Measurement[] {
	const byClass = (streamClass: StreamClass): readonly Measurement[] =>
		byClassMeasures.flatMap(measures => measures(run, streamClass)).map(draft => drafted(draft, streamClass));
	return [
		...byClass(null),
		...[
			...infrastructureMeasures(run),
			...foreignMeasures(run),
			...infrastructureCostMeasures(run),
			...mergeMeasures(run),
			...lifeMeasures(run),
			...sessionMeasures(run),
		].map(draft => drafted(draft, null)),
		...classesOf([run]).flatMap(byClass),
	];
}

const byClassMeasures: ReadonlyArray<(run: VariantRun, streamClass: StreamClass) => readonly Draft[]> = [
	requestMeasures,
	costMeasures,
	streamMeasures,
	chunkMeasures,
	latencyMeasures,
	flowMeasures,
	detectionMeasures,
];
