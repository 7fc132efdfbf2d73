import assert from 'node:assert/strict';
import {formatMeasure, formatPercent, instantText, listed} from './format.ts';
import {deliveredResolution} from './series.ts';
import {type Measured, meanOf, shownRuns, shownVariants} from './shown-runs.ts';
import {isSimulated} from './simulation.ts';
import {findEstimate} from './summary.ts';
import type {Summary} from './summary-schema.ts';
import {leftText, survivalByClass, survivalOf} from './survivors.ts';
import {eventsOfVariant} from './timeline-events.ts';

/** What the run found: a lead and, where variants are told apart, what happened in each. Computed, not written. */
export type Finding = {
	readonly lead: string;
	readonly parts: ReadonlyArray<{readonly variant: string; readonly text: string}>;
};

export function findingOf(measured: Measured): Finding {
	const variants = shownVariants(measured);
	if (variants.length === 0) {
		return {lead: 'Nothing was recorded.', parts: []};
	}
	const disturbed = variants.flatMap(variant => {
		const [event] = eventsOfVariant(measured, variant);
		return event ? {variant, after: `after ${event.words} at ${instantText(event.atSeconds)}`} : [];
	});
	if (disturbed.length > 0) {
		return {
			lead: survivalLead(measured, disturbed),
			parts: variants.map(variant => ({variant, text: survivalText(measured, variant)})),
		};
	}
	return {
		lead: variants.length === 1 ? singleFinding(measured.summary) : widestDifference(measured.summary),
		parts: [],
	};
}

/** What was left in the variants that something happened to, those together that the same happened to. */
function survivalLead(
	measured: Measured,
	disturbed: ReadonlyArray<{readonly variant: string; readonly after: string}>,
) {
	const which = measured.data.measuredOnly ? 'these streams of the first draw' : 'these streams';
	const clauses = [...Map.groupBy(disturbed, ({after}) => after)].map(([after, group]) => {
		const left = group.map(({variant}) => `${leftText(survivalOf(measured, variant))} in ${variant}`);
		return {after, left: listed(left)};
	});
	const [only] = clauses;
	return clauses.length === 1 && only
		? `A${only.after.slice(1)}, ${which} were left at the end: ${only.left}.`
		: `At the end, ${which} were left: ${listed(clauses.map(({after, left}) => `${left} ${after}`))}.`;
}

/** The finding as running text. */
export function finding(measured: Measured): string {
	const {lead, parts} = findingOf(measured);
	return parts.length === 0 ? lead : `${lead} ${parts.map(({variant, text}) => `${variant}: ${text}`).join('. ')}.`;
}

function survivalText(measured: Measured, variant: string): string {
	const {stoppedBeforeCount} = survivalOf(measured, variant);
	const [event] = eventsOfVariant(measured, variant);
	const resolution = meanOf(
		shownRuns(measured, variant).map(run => deliveredResolution(run, null, run.observedSeconds)),
	);
	const onTime = findEstimate(summaryOf(measured.summary, variant), 'deadline.hitRatio')?.mean;
	const stops = survivalByClass(measured, variant)
		.filter(({stoppedAfterCount}) => stoppedAfterCount > 0)
		.map(
			({ratio, stoppedAfterCount, startedCount}) =>
				`${stoppedAfterCount} of ${startedCount} that ask for ${formatPercent(ratio)}`,
		);
	const recovery = findEstimate(summaryOf(measured.summary, variant), 'recovery.seconds');
	const parts = [
		...(resolution === undefined ? [] : [`mean resolution at the end: ${formatPercent(resolution)}`]),
		...(stops.length > 0 ? [`stopped${event ? ` after the ${event.kind}` : ''}: ${listed(stops)}`] : []),
		...(stoppedBeforeCount > 0 ? [`stopped before the ${event?.kind}, for other reasons: ${stoppedBeforeCount}`] : []),
		...(typeof onTime === 'number' ? [`chunks in time: ${formatPercent(onTime)}`] : []),
		...(recovery?.mean ? [`as before again after: ${formatMeasure(recovery.mean, recovery.unit)}`] : []),
	];
	return parts.join('; ');
}

function singleFinding(summary: Summary): string {
	const [only] = summary.variants;
	if (!only) {
		return 'Nothing was recorded.';
	}
	const text = (measure: string) => {
		const found = findEstimate(only, measure);
		return found ? formatMeasure(found.mean, found.unit) : '–';
	};
	return `${text('requests.accepted')} of ${text('requests.arrived')} requests were accepted, ${text('deadline.hitRatio')} of the chunks came in time, and half of them within ${text('latency.e2eMs.p50')}.`;
}

/** The key measure in which the variants lie furthest apart, by the ratio of most to least. */
function widestDifference(summary: Summary): string {
	const [widest] = partingMeasures
		.map(({measure, words}) => {
			const values = summary.variants.flatMap(summarised => {
				const mean = findEstimate(summarised, measure)?.mean;
				return typeof mean === 'number' ? {variant: summarised.variant, mean} : [];
			});
			const sorted = values.toSorted((a, b) => b.mean - a.mean);
			const [most, least] = [sorted[0], sorted.at(-1)];
			return {
				measure,
				words,
				most,
				least,
				factor: most && least && most.mean > 0 ? most.mean / Math.max(least.mean, most.mean / 1e3) : 1,
			};
		})
		.sort((a, b) => b.factor - a.factor);
	if (!widest?.most || !widest.least || widest.factor < 1.02) {
		return 'The variants differ by less than 2 % in acceptance, resolution, deadlines met, throughput and latency.';
	}
	const unit = findEstimate(summaryOf(summary, widest.most.variant), widest.measure)?.unit ?? 'count';
	return `What parts the variants most is ${widest.words}: ${formatMeasure(widest.most.mean, unit)} in ${widest.most.variant}, ${formatMeasure(widest.least.mean, unit)} in ${widest.least.variant}.`;
}

const partingMeasures = [
	{measure: 'acceptanceRatio', words: 'the share of requests accepted'},
	{measure: 'resolution.mean', words: 'the mean resolution'},
	{measure: 'deadline.hitRatio', words: 'the share of chunks that come in time'},
	{measure: 'throughput.bitsPerSecond', words: 'the throughput'},
	{measure: 'latency.e2eMs.p50', words: 'the median latency'},
	{measure: 'latency.e2eMs.p99', words: 'the latency that 99 of 100 chunks stay within'},
] as const;

/** What a verdict means for the reader. */
export function verdictWords(summary: Summary): string {
	if (summary.verdict === null || summary.status === 'running') {
		return 'The run did not come to its end; what follows is what it left.';
	}
	if (isSimulated(summary) && summary.verdict === 'valid') {
		return 'This is a simulation: sites, links and processors are a model in virtual time, and nothing was measured. The accounts match; whether the model does is for a run on real links to say.';
	}
	const trust = {
		valid: 'Nothing disturbed the measurement: the numbers can be trusted.',
		suspect: 'Something may have disturbed the measurement: read the reasons before using the numbers.',
		invalid: 'The measurement was disturbed: do not use the numbers. They are shown, and left out of statistics.',
	}[summary.verdict];
	return summary.status === 'completed'
		? trust
		: `The run ${summary.status === 'failed' ? 'failed' : 'was interrupted'}. ${trust}`;
}

function summaryOf(summary: Summary, variant: string) {
	const found = summary.variants.find(one => one.variant === variant);
	assert(found, `the summary has no variant ${variant}`);
	return found;
}
