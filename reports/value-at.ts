import type {Expectation} from '#core/scenario/schema.ts';
import type {VariantRun} from './run-data.ts';
import {deliveredResolution, deliveringCount} from './series.ts';
import {lastIndexAtOrBefore} from './sorted.ts';

/** A value, or why there is none. */
export type Found = {readonly value?: number | undefined; readonly reason?: string | undefined};

/** What an expectation is about at an instant; of measures that are known at every instant. */
export function valueAt(run: VariantRun, {measure, minimumResolutionRatio}: Expectation, atSeconds: number): Found {
	const streamClass = minimumResolutionRatio ?? null;
	if (atSeconds > run.observedSeconds) {
		return {reason: `the run was seen up to ${run.observedSeconds.toFixed(1)} s only`};
	}
	if (measure === 'streams.delivering') {
		return {value: deliveringCount(run, streamClass, atSeconds)};
	}
	if (measure === 'resolution.mean') {
		const value = deliveredResolution(run, streamClass, atSeconds);
		return value === undefined ? {reason: 'no stream delivered then'} : {value};
	}
	const [, site] = /^utilisation\.([^.]+)$/.exec(measure) ?? [];
	const samples = run.sites.find(one => one.site === site)?.samples;
	const sample = samples?.[lastIndexAtOrBefore(samples, atSeconds, ({t}) => t)];
	if (sample && sample.workers > 0) {
		return {value: sample.workersReserved / sample.workers};
	}
	return {reason: `${measure} is not known over time; streams.delivering, resolution.mean and utilisation.<site> are`};
}
