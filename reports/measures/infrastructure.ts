import {sum} from '#core/sum.ts';
import type {BitsPerSecond, Ratio} from '#core/units.ts';
import type {LinkSeries, SiteSeries, VariantRun} from '../run-data.ts';
import {timeWeightedMean} from '../series.ts';
import {receivedWhileDriving} from './chunks.ts';
import type {Draft} from './draft.ts';

/** What sites and links did while driving. */
export function infrastructureMeasures(run: VariantRun): readonly Draft[] {
	return [...siteMeasures(run), ...linkMeasures(run), cpuMeasure(run)];
}

/** The direction of each link that carried more, in the order of the topology. */
export function busierDirections(run: VariantRun): readonly LinkSeries[] {
	return loads(run).map(({directions: [busier]}) => busier.series);
}

type Direction = {
	readonly series: LinkSeries;
	/** Mean layer-2 rate while driving; `undefined` when it was not sampled. */
	readonly bitsPerSecond: BitsPerSecond | undefined;
};

/** Every link with the directions that were sampled, the busier one first. */
function loads(run: VariantRun) {
	const byLink = Map.groupBy(run.links, ({link}) => link);
	return [...byLink].flatMap(([link, all]) => {
		const [busier, ...others] = all
			.map((series): Direction => ({series, bitsPerSecond: meanRate(run, series)}))
			.sort((a, b) => (b.bitsPerSecond ?? 0) - (a.bitsPerSecond ?? 0));
		return busier ? [{link, directions: [busier, ...others] as const}] : [];
	});
}

function meanRate({observedSeconds}: VariantRun, {samples}: LinkSeries): BitsPerSecond | undefined {
	const toSeconds = Math.min(observedSeconds, samples.at(-1)?.t ?? 0);
	let area = 0;
	let lengthSeconds = 0;
	let sinceSeconds = 0;
	for (const {t, bitsPerSecond} of samples) {
		// A sample speaks of the time since the one before it.
		const seconds = Math.min(t, toSeconds) - Math.max(0, sinceSeconds);
		if (seconds > 0) {
			area += bitsPerSecond * seconds;
			lengthSeconds += seconds;
		}
		sinceSeconds = t;
	}
	return lengthSeconds > 0 ? area / lengthSeconds : undefined;
}

function siteMeasures(run: VariantRun): readonly Draft[] {
	return run.sites.flatMap(({site, samples}): readonly Draft[] => {
		const driving = samples.filter(({t, workers}) => t >= 0 && t <= run.observedSeconds && workers > 0);
		if (driving.length === 0) {
			return [];
		}
		const mean = timeWeightedMean(driving, usedRatio, {fromSeconds: 0, toSeconds: run.observedSeconds});
		return [
			[`utilisation.${site}.max`, driving.reduce((most, sample) => Math.max(most, usedRatio(sample)), 0)],
			[`utilisation.${site}.mean`, mean ?? {none: 'one instant only was sampled'}],
		];
	});
}

type SiteSample = SiteSeries['samples'][number];

const usedRatio = ({workersReserved, workers}: SiteSample): Ratio => workersReserved / workers;

const coresUsed = ({cpuRatio}: SiteSample): Ratio => cpuRatio;

function linkMeasures(run: VariantRun): readonly Draft[] {
	return loads(run).flatMap(({link, directions}): readonly Draft[] => [
		[`link.${link}.bitsPerSecond`, directions[0].bitsPerSecond ?? {none: 'it was not sampled while driving'}],
		[`link.${link}.dropped`, sum(directions.map(({series}) => droppedCount(series)))],
	]);
}

function droppedCount({samples}: LinkSeries): number {
	let count = 0;
	for (const sample of samples) {
		count += sample.t > 0 ? sample.droppedCount : 0;
	}
	return count;
}

/** Processor time that the programs at compute sites and gateways took for each gigabit that reached the consumer. */
function cpuMeasure(run: VariantRun): Draft {
	const carrying = run.sites.filter(({site}) => {
		const role = run.scenario.topology.sites[site]?.role;
		return role === 'compute' || role === 'gateway';
	});
	const span = {fromSeconds: 0, toSeconds: run.observedSeconds};
	const cores = sum(carrying.map(({samples}) => timeWeightedMean(samples, coresUsed, span) ?? 0));
	const bytes = receivedWhileDriving(run, null) + sum(run.flows.map(flow => flow.bytes));
	const measure = 'proxy.cpuSecondsPerGigabit';
	if (bytes === 0) {
		return [measure, {none: 'nothing was delivered while driving'}];
	}
	if (cores === 0) {
		return [measure, {none: 'no processor time was seen at compute sites and gateways'}];
	}
	return [measure, (cores * run.observedSeconds * run.scenario.timeScale) / ((bytes * 8) / 1e9)];
}
