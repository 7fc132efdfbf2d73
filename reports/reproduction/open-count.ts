import type {Seconds} from '#core/units.ts';
import type {VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';

/** How many streams are open at an instant: started, and neither stopped nor completed. */
export function openCount(run: VariantRun, streamClass: StreamClass, atSeconds: Seconds): number {
	return streamsOf(run, streamClass).filter(
		({startedSeconds, ending}) =>
			startedSeconds !== undefined && startedSeconds <= atSeconds && (ending === undefined || atSeconds < ending.t),
	).length;
}
