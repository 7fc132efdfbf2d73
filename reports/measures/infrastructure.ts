import type {BitsPerSecond} from '#core/units.ts';
import type {LinkSeries, VariantRun} from '../run-data.ts';
import {receivedBytes, timeWeightedMean} from '../series.ts';
import type {Draft} from './draft.ts';

/** What sites and links did while driving. */
export function infrastructureMeasures(run: VariantRun): readonly Draft[] {
	return [...siteMeasures(run), ...linkMeasures(run), cpuMeasure(run)];
}

/** The direction of each link that carried more, in the order of the topology. */
export function busierDirections(run: VariantRun): readonly LinkSeries[] {
	const names = [...new Set(run.links.map(({link}) => link))];
	return names.flatMap(name => {
		const [busier] = run.links
			.filter(({link}) => link === name)
			.sort((a, b) => (meanRate(run, b) ?? 0) - (meanRate(run, a) ?? 0));
		return busier ?? [];
	});
}

/** Mean layer-2 rate of a direction while driving; `undefined` when it was not sampled. */
export function meanRate(run: VariantRun, {samples}: LinkSeries): BitsPerSecond | undefined {
	// A sample speaks of the time since the one before it.
	const spans = samples.map(({bitsPerSecond}, index) => ({
		t: samples[index - 1]?.t ?? 0,
		value: bitsPerSecond,
	}));
	return timeWeightedMean(spans, {fromSeconds: 0, toSeconds: Math.min(run.observedSeconds, samples.at(-1)?.t ?? 0)});
}

function siteMeasures(run: VariantRun): readonly Draft[] {
	return run.sites.flatMap(({site, samples}): readonly Draft[] => {
		const driving = samples.filter(({t, workers}) => t >= 0 && t <= run.observedSeconds && workers > 0);
		if (driving.length === 0) {
			return [];
		}
		const used = driving.map(({t, workersReserved, workers}) => ({t, value: workersReserved / workers}));
		const mean = timeWeightedMean(used, {fromSeconds: 0, toSeconds: run.observedSeconds});
		return [
			[`utilisation.${site}.max`, used.reduce((most, {value}) => Math.max(most, value), 0)],
			[`utilisation.${site}.mean`, mean ?? {none: 'one instant only was sampled'}],
		];
	});
}

function linkMeasures(run: VariantRun): readonly Draft[] {
	return busierDirections(run).flatMap((busier): readonly Draft[] => {
		const directions = run.links.filter(({link}) => link === busier.link);
		const dropped = directions
			.flatMap(({samples}) => samples.filter(({t}) => t > 0))
			.reduce((sum, {droppedCount}) => sum + droppedCount, 0);
		return [
			[`link.${busier.link}.bitsPerSecond`, meanRate(run, busier) ?? {none: 'it was not sampled while driving'}],
			[`link.${busier.link}.dropped`, dropped],
		];
	});
}

/** Processor time that the programs at compute sites and gateways took for each gigabit that reached the consumer. */
function cpuMeasure(run: VariantRun): Draft {
	const carrying = run.sites.filter(({site}) => {
		const role = run.scenario.topology.sites[site]?.role;
		return role === 'compute' || role === 'gateway';
	});
	const span = {fromSeconds: 0, toSeconds: run.observedSeconds};
	const cores = carrying.reduce(
		(sum, {samples}) =>
			sum +
			(timeWeightedMean(
				samples.map(({t, cpuRatio}) => ({t, value: cpuRatio})),
				span,
			) ?? 0),
		0,
	);
	const bytes =
		run.streams
			.flatMap(({deliveries}) => deliveries.filter(({t}) => t <= run.observedSeconds))
			.reduce((sum, delivery) => sum + receivedBytes(delivery), 0) +
		run.flows.reduce((sum, flow) => sum + flow.bytes, 0);
	const measure = 'proxy.cpuSecondsPerGigabit';
	if (bytes === 0) {
		return [measure, {none: 'nothing was delivered while driving'}];
	}
	if (cores === 0) {
		return [measure, {none: 'no processor time was seen at compute sites and gateways'}];
	}
	return [measure, (cores * run.observedSeconds * run.scenario.timeScale) / ((bytes * 8) / 1e9)];
}
