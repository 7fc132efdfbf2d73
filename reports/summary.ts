import type {VariantOutcome} from '#core/records/run-document.ts';
import {type MeasuredDraw, measureDraw} from './measured-draw.ts';
import type {Measurement} from './measurement.ts';
import type {RunData} from './run-data.ts';
import {isSimulated} from './simulation.ts';
import {estimate} from './statistics.ts';
import type {EstimatedMeasure, RepeatSummary, Summary, VariantSummary} from './summary-schema.ts';

/** Measures a run. Repeats that were cut or are invalid are shown and left out of the statistics. */
export function summarise(data: RunData): Summary {
	const {document} = data;
	const draws = [...data.runs.map(measureDraw), ...(data.measuredOnly ?? [])].sort((a, b) => a.repeat - b.repeat);
	return {
		format: 1,
		...(isSimulated(document) ? {} : {runId: document.runId}),
		scenario: document.scenario,
		title: document.title,
		testbed: document.testbed,
		seed: document.seed,
		timeScale: document.timeScale,
		status: document.status,
		verdict: document.verdict ?? null,
		records: {count: data.recordCount, cutShort: data.cutShort},
		variants: document.variants.map(variant =>
			summariseVariant(
				variant,
				draws.filter(draw => draw.variant === variant),
				document.outcomes,
			),
		),
	};
}

/** A measure of a variant; `undefined` when the run does not have it. */
export function findEstimate(
	{measures}: VariantSummary,
	measure: string,
	minimumResolutionRatio: number | null = null,
): EstimatedMeasure | undefined {
	return measures.find(one => one.measure === measure && one.minimumResolutionRatio === minimumResolutionRatio);
}

function summariseVariant(
	variant: string,
	draws: readonly MeasuredDraw[],
	outcomes: readonly VariantOutcome[],
): VariantSummary {
	const byRepeat = new Map(outcomes.filter(one => one.variant === variant).map(one => [one.repeat, one]));
	const repeats = draws.map(draw => summariseRepeat(draw, byRepeat.get(draw.repeat)));
	const counted = repeats.filter(repeat => repeat.counted);
	const trusted = counted.length > 0;
	return {
		variant,
		trusted,
		repeats,
		measures: estimateMeasures((trusted ? counted : repeats).map(({measures}) => measures)),
	};
}

function summariseRepeat(draw: MeasuredDraw, outcome: VariantOutcome | undefined): RepeatSummary {
	const {repeat, observedSeconds, accounting, measures} = draw;
	const whyNot = whyNotCounted(draw, outcome);
	return {
		repeat,
		verdict: outcome?.verdict ?? null,
		counted: whyNot === undefined,
		...(whyNot === undefined ? {} : {whyNot}),
		observedSeconds,
		accounting,
		measures,
	};
}

function whyNotCounted({ended}: MeasuredDraw, outcome: VariantOutcome | undefined): string | undefined {
	if (!ended) {
		return 'the records end before the run did';
	}
	if (ended.outcome !== 'completed') {
		return `the run was ${ended.outcome === 'failed' ? 'ended by a failure' : 'interrupted'}${ended.reason ? `: ${ended.reason}` : ''}`;
	}
	if (!outcome) {
		return 'there is no verdict';
	}
	return outcome.verdict === 'invalid' ? 'the verdict is invalid' : undefined;
}

/** Mean and interval of every measure over repeats. */
export function estimateMeasures(repeats: ReadonlyArray<readonly Measurement[]>): EstimatedMeasure[] {
	const groups = Map.groupBy(
		repeats.flat(),
		({measure, minimumResolutionRatio}) => `${measure}|${minimumResolutionRatio}`,
	);
	return [...groups.values()].flatMap(group => {
		const [first] = group;
		if (!first) {
			return [];
		}
		const {measure, minimumResolutionRatio, unit} = first;
		const found = estimate(group.flatMap(({value}) => value ?? []));
		const reason = group.find(one => one.reason !== undefined)?.reason;
		return {
			measure,
			minimumResolutionRatio,
			unit,
			mean: found?.mean ?? null,
			intervalLow: found?.interval?.low ?? null,
			intervalHigh: found?.interval?.high ?? null,
			count: found?.count ?? 0,
			...(reason === undefined ? {} : {reason}),
		};
	});
}
