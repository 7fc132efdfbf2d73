import {median} from '#core/median.ts';
import type {RecordOf} from '#core/records/schema.ts';
import type {VariantRun} from '../run-data.ts';
import {timeWeightedMean} from '../series.ts';
import type {Draft} from './draft.ts';

/** What the programs that are not ours did while driving, as seen from outside. */
export function foreignMeasures(run: VariantRun): readonly Draft[] {
	const driving = run.foreign.filter(({t}) => t >= 0 && t <= run.observedSeconds);
	return [...Map.groupBy(driving, ({site}) => site)].flatMap(([site, samples]): readonly Draft[] => {
		const span = {fromSeconds: 0, toSeconds: run.observedSeconds};
		const mean = timeWeightedMean(samples, ({cpuRatio}) => cpuRatio, span);
		return [
			[`foreign.${site}.cpuRatio`, mean ?? {none: 'one instant only was sampled'}],
			[`foreign.${site}.memoryBytes`, Math.max(...samples.map(({memoryBytes}) => memoryBytes))],
			...probeMeasures(site, samples),
		];
	});
}

function probeMeasures(site: string, samples: ReadonlyArray<RecordOf<'foreign.sample'>>): readonly Draft[] {
	const probed = samples.flatMap(({answered}) => (answered === undefined ? [] : [Number(answered)]));
	if (probed.length === 0) {
		return [];
	}
	const connectMs = samples.flatMap(one => one.connectMs ?? []);
	const firstByteMs = samples.flatMap(one => one.firstByteMs ?? []);
	return [
		[`foreign.${site}.answeredRatio`, probed.reduce((sum, one) => sum + one, 0) / probed.length],
		[`foreign.${site}.connectMs.p50`, medianOf(connectMs, 'it took no connection')],
		[`foreign.${site}.firstByteMs.p50`, medianOf(firstByteMs, 'nothing came before it was asked')],
	];
}

const medianOf = (values: readonly number[], none: string): number | {readonly none: string} =>
	values.length === 0 ? {none} : median(values);
