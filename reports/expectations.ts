import type {Expectation} from '#core/scenario/schema.ts';
import {formatPercent} from './format.ts';
import {unitOf} from './measurement.ts';
import type {RunData} from './run-data.ts';
import type {RepeatSummary, Summary} from './summary-schema.ts';
import {type Found, valueAt} from './value-at.ts';

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
				.map((expectation, index) => ({variant, expectation, index}))
				.filter(({expectation}) => expectation.variant === undefined || expectation.variant === variant) ?? [],
	);
	return expectations.map(({variant, expectation, index}) => {
		const summarised = summary.variants.find(one => one.variant === variant);
		const repeats = summarised?.repeats.filter(({counted}) => counted || !summarised.trusted) ?? [];
		const values = repeats.map(measured =>
			expectation.atSeconds === undefined
				? measuredValue(measured, expectation)
				: foundAt(data, {variant, repeat: measured.repeat, index, expectation, atSeconds: expectation.atSeconds}),
		);
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
	const values = valuesText(actual.map(value => Number(value.toPrecision(6))));
	return unit === 'count' || unit === 'ratio' ? values : `${values} ${unit}`;
}

/** Few values one by one; of many, how often each was found where they are few kinds, and else how far they reach. */
function valuesText(values: readonly number[]): string {
	if (values.length <= valuesMax) {
		return values.join(', ');
	}
	const counts = [...Map.groupBy(values, value => value)].sort(([one], [other]) => one - other);
	return counts.length <= valuesMax
		? counts.map(([value, {length}]) => `${value} (${length} times)`).join(', ')
		: `${counts[0]?.[0]} to ${counts.at(-1)?.[0]} in ${values.length} draws`;
}

const valuesMax = 12;

function foundAt(
	{runs, measuredOnly = []}: RunData,
	{
		variant,
		repeat,
		index,
		expectation,
		atSeconds,
	}: {
		readonly variant: string;
		readonly repeat: number;
		/** Of the expectation, among all of its scenario. */
		readonly index: number;
		readonly expectation: Expectation;
		readonly atSeconds: number;
	},
): Found {
	const isIt = (draw: {readonly variant: string; readonly repeat: number}) =>
		draw.variant === variant && draw.repeat === repeat;
	const run = runs.find(isIt);
	return run
		? valueAt(run, expectation, atSeconds)
		: (measuredOnly.find(isIt)?.instants[index] ?? {reason: 'it was not looked at then'});
}

function measuredValue({measures}: RepeatSummary, expectation: Expectation): Found {
	const found = measures.find(
		({measure, minimumResolutionRatio}) =>
			measure === expectation.measure && minimumResolutionRatio === (expectation.minimumResolutionRatio ?? null),
	);
	if (!found) {
		return {reason: `this run has no measure ${expectation.measure}${ofClass(expectation)}`};
	}
	return found.value === null ? {reason: found.reason ?? 'it has no value'} : {value: found.value};
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
