import {agreement, agreementKinds} from '../detections.ts';
import type {VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
import type {Draft} from './draft.ts';

/** How detections agree with what is in the frames, over all that were delivered; nothing for a run that delivers none. */
export function detectionMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const delivered = streamsOf(run, streamClass).flatMap(({deliveries}) =>
		deliveries.flatMap(({detections}) => detections ?? []),
	);
	return delivered.length === 0
		? []
		: agreementKinds.map(kind => [
				`detections.${kind}Ratio`,
				agreement(kind, delivered) ?? {none: 'nothing was detected'},
			]);
}
