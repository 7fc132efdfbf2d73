import type {Measurement} from './measurement.ts';
import {chunkCounts} from './measures/chunks.ts';
import {measureVariantRun} from './measures.ts';
import type {RunData, VariantRun} from './run-data.ts';
import {isSimulated} from './simulation.ts';
import {estimate} from './statistics.ts';
import type {EstimatedMeasure, RepeatSummary, Summary, VariantSummary} from './summary-schema.ts';

/** Measures a run. Repeats that were cut or are invalid are shown and left out of the statistics. */
export function summarise(data: RunData): Summary {
	const {document} = data;
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
				data.runs.filter(run => run.variant === variant),
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

function summariseVariant(variant: string, runs: readonly VariantRun[]): VariantSummary {
	const repeats = runs.map(summariseRepeat);
	const counted = repeats.filter(repeat => repeat.counted);
	const trusted = counted.length > 0;
	return {
		variant,
		trusted,
		repeats,
		measures: estimateMeasures((trusted ? counted : repeats).map(({measures}) => measures)),
	};
}

function summariseRepeat(run: VariantRun): RepeatSummary {
	const whyNot = whyNotCounted(run);
	return {
		repeat: run.repeat,
		verdict: run.outcome?.verdict ?? null,
		counted: whyNot === undefined,
		...(whyNot === undefined ? {} : {whyNot}),
		observedSeconds: run.observedSeconds,
		accounting: accountFor(run),
		measures: [...measureVariantRun(run)],
	};
}

function whyNotCounted({outcome, ended}: VariantRun): string | undefined {
	if (!ended) {
		return 'its records end before the run did';
	}
	if (ended.outcome !== 'completed') {
		return `the run was ${ended.outcome === 'failed' ? 'ended by a failure' : 'interrupted'}${ended.reason ? `: ${ended.reason}` : ''}`;
	}
	if (!outcome) {
		return 'it has no verdict';
	}
	return outcome.verdict === 'invalid' ? 'its verdict is invalid' : undefined;
}

function accountFor(run: VariantRun): RepeatSummary['accounting'] {
	const {produced, delivered, lost, corrupt, underWay, contradictory} = chunkCounts(run, null);
	const problems = [
		...(contradictory > 0 ? [`${contradictory} chunks have two fates, or a fate and no beginning`] : []),
		...(produced !== delivered + lost + corrupt + underWay
			? [`${produced} produced, but ${delivered} delivered + ${lost} lost + ${corrupt} corrupt + ${underWay} under way`]
			: []),
		...(underWay > 0 && run.ended?.outcome === 'completed'
			? [`the run went to its end, yet nothing is known of ${underWay} chunks`]
			: []),
	];
	const balance = {produced, delivered, lost, corrupt, underWay, balanced: problems.length === 0};
	return problems.length === 0 ? balance : {...balance, problem: problems.join('; ')};
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
