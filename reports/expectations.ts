import type {Expectation} from '#core/scenario/schema.ts';
import {formatPercent} from './format.ts';
import {unitOf} from './measurement.ts';
import type {RunData, VariantRun} from './run-data.ts';
import {deliveredResolution, deliveringCount} from './series.ts';
import {lastIndexAtOrBefore} from './sorted.ts';
import type {Summary} from './summary-schema.ts';

export type ExpectationResult = {
	readonly variant: string;
	readonly expectation: Expectation;
	/** False as well where nothing was measured: the measure is unknown, or the run did not come so far. */
	readonly passed: boolean;
	/** One value a repeat. */
	readonly actual: readonly number[];
	/** Why there is no value. */
	readonly notMeasured?: string;
};

/** Holds a run against what its scenario expects. An expectation holds when it does in every repeat that counts. */
export function evaluateExpectations(data: RunData, summary: Summary): readonly ExpectationResult[] {
	const expectations = data.document.variants.flatMap(
		variant =>
			data.scenario.variants[variant]?.expect
				.filter(expectation => expectation.variant === undefined || expectation.variant === variant)
				.map(expectation => ({variant, expectation})) ?? [],
	);
	return expectations.map(({variant, expectation}) => {
		const summarised = summary.variants.find(one => one.variant === variant);
		const repeats = summarised?.repeats.filter(({counted}) => counted || !summarised.trusted) ?? [];
		const runs = data.runs.filter(run => run.variant === variant && repeats.some(({repeat}) => repeat === run.repeat));
		const values = runs.map(run => measuredValue(run, expectation, summary));
		const actual = values.flatMap(({value}) => value ?? []);
		if (actual.length === 0 || actual.length < values.length) {
			const notMeasured = values.find(({value}) => value === undefined)?.reason ?? 'there is no record of this variant';
			return {variant, expectation, passed: false, actual, notMeasured};
		}
		return {variant, expectation, passed: actual.every(value => holds(expectation, value)), actual};
	});
}

/** An expectation in words, for example `streams.delivering of the 100 % streams at 400 s = 0`. */
export function describeExpectation(expectation: Expectation): string {
	const {measure, atSeconds, equals, atLeast, atMost} = expectation;
	const bounds = [
		...(equals === undefined ? [] : [`= ${equals}`]),
		...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
		...(atMost === undefined ? [] : [`≤ ${atMost}`]),
	];
	return `${measure}${ofClass(expectation)}${atSeconds === undefined ? '' : ` at ${atSeconds} s`} ${bounds.join(' and ')}`;
}

/** What was found in place of it. */
export function describeActual({expectation, actual, notMeasured}: ExpectationResult): string {
	if (notMeasured !== undefined) {
		return `not measured: ${notMeasured}`;
	}
	const unit = unitOf(expectation.measure);
	const values = actual.map(value => Number(value.toPrecision(6))).join(', ');
	return unit === 'count' || unit === 'ratio' ? values : `${values} ${unit}`;
}

type Found = {readonly value?: number; readonly reason?: string};

function measuredValue(run: VariantRun, expectation: Expectation, summary: Summary): Found {
	if (expectation.atSeconds !== undefined) {
		return valueAt(run, expectation, expectation.atSeconds);
	}
	const found = summary.variants
		.find(({variant}) => variant === run.variant)
		?.repeats.find(({repeat}) => repeat === run.repeat)
		?.measures.find(
			({measure, minimumResolutionRatio}) =>
				measure === expectation.measure && minimumResolutionRatio === (expectation.minimumResolutionRatio ?? null),
		);
	if (!found) {
		return {reason: `this run has no measure ${expectation.measure}${ofClass(expectation)}`};
	}
	return found.value === null ? {reason: found.reason ?? 'it has no value'} : {value: found.value};
}

/** Measures that are known at every instant. */
function valueAt(run: VariantRun, {measure, minimumResolutionRatio}: Expectation, atSeconds: number): Found {
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

function holds({equals, atLeast, atMost}: Expectation, value: number): boolean {
	return (
		(equals === undefined || Math.abs(value - equals) <= 1e-9 * Math.max(1, Math.abs(equals))) &&
		(atLeast === undefined || value >= atLeast) &&
		(atMost === undefined || value <= atMost)
	);
}

function ofClass({minimumResolutionRatio}: Expectation): string {
	return minimumResolutionRatio === undefined ? '' : ` of the ${formatPercent(minimumResolutionRatio)} streams`;
}
