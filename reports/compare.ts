import type {Measurement} from './measurement.ts';
import {readRun} from './read-run.ts';
import type {RunData} from './run-data.ts';
import {summarise} from './summary.ts';
import type {EstimatedMeasure, VariantSummary} from './summary-schema.ts';

export type ComparedMeasure = Pick<Measurement, 'measure' | 'minimumResolutionRatio' | 'unit'> & {
	readonly variant: string;
	readonly a: number | null;
	readonly b: number | null;
	/** (b − a) ÷ a; `null` where a is 0 or one of them was not measured. */
	readonly differenceRatio: number | null;
	/** With repeats on both sides: whether the 95 % intervals lie apart. */
	readonly intervalsApart: boolean | null;
};

export type Comparison = {
	readonly a: string;
	readonly b: string;
	/** Whether the numbers may be held against one another. */
	readonly comparable: boolean;
	/** Why they may not. */
	readonly obstacles: readonly string[];
	/** What differs and does not stand in the way. */
	readonly notes: readonly string[];
	readonly measures: readonly ComparedMeasure[];
};

/** Puts two runs side by side, measure by measure, for the variants that both have. */
export async function compareRuns(folderA: string, folderB: string): Promise<Comparison> {
	const [a, b] = await Promise.all([readRun(folderA), readRun(folderB)]);
	const [summaryA, summaryB] = [summarise(a), summarise(b)];
	const pairs = summaryA.variants.flatMap(variantA => {
		const variantB = summaryB.variants.find(({variant}) => variant === variantA.variant);
		return variantB ? {a: variantA, b: variantB} : [];
	});
	const obstacles = [...obstaclesBetween(a, b), ...pairs.flatMap(untrusted)];
	if (pairs.length === 0) {
		obstacles.push('the runs have no variant in common');
	}
	return {
		a: folderA,
		b: folderB,
		comparable: obstacles.length === 0,
		obstacles,
		notes: notesOn(a, b),
		measures: pairs.flatMap(comparePair),
	};
}

function obstaclesBetween({document: a}: RunData, {document: b}: RunData): string[] {
	return [
		...(a.scenarioSha256 === b.scenarioSha256
			? []
			: [
					`the scenarios differ: ${a.scenario} ${a.scenarioSha256.slice(0, 12)} and ${b.scenario} ${b.scenarioSha256.slice(0, 12)}`,
				]),
		...(a.timeScale === b.timeScale ? [] : [`the time scales differ: ${a.timeScale} and ${b.timeScale}`]),
		...(a.seed === b.seed && a.repeats === b.repeats ? [] : [`the seeds differ: ${seeds(a)} and ${seeds(b)}`]),
		...[a, b].flatMap(({runId, status}) =>
			status === 'completed' ? [] : [`run ${runId} did not complete: it is ${status}`],
		),
		...[a, b].flatMap(({runId, verdict}) =>
			verdict === 'valid' ? [] : [`run ${runId} is not valid: its verdict is ${verdict ?? 'missing'}`],
		),
	];
}

const seeds = ({seed, repeats}: RunData['document']): string =>
	repeats === 1 ? `${seed}` : `${seed} to ${seed + repeats - 1}`;

function untrusted({a, b}: {readonly a: VariantSummary; readonly b: VariantSummary}): readonly string[] {
	return [a, b].every(({trusted}) => trusted)
		? []
		: [`no repeat of ${a.variant} counts on ${a.trusted ? 'the second' : 'the first'} side`];
}

function notesOn({document: a}: RunData, {document: b}: RunData): readonly string[] {
	const pairs = [
		['testbed', a.testbed, b.testbed],
		['commit', a.provenance.commit ?? 'unknown', b.provenance.commit ?? 'unknown'],
		['host', a.provenance.host, b.provenance.host],
		['kernel', a.provenance.kernel, b.provenance.kernel],
		['processor', `${a.provenance.cpuCount} × ${a.provenance.cpu}`, `${b.provenance.cpuCount} × ${b.provenance.cpu}`],
		['variants', a.variants.join(', '), b.variants.join(', ')],
	] as const;
	return pairs.flatMap(([what, one, other]) => (one === other ? [] : [`${what} differs: ${one} and ${other}`]));
}

function comparePair({a, b}: {readonly a: VariantSummary; readonly b: VariantSummary}): readonly ComparedMeasure[] {
	return a.measures.flatMap(one => {
		const other = b.measures.find(
			({measure, minimumResolutionRatio}) =>
				measure === one.measure && minimumResolutionRatio === one.minimumResolutionRatio,
		);
		return other ? compared(a.variant, one, other) : [];
	});
}

function compared(variant: string, a: EstimatedMeasure, b: EstimatedMeasure): ComparedMeasure {
	const {measure, minimumResolutionRatio, unit} = a;
	const known = a.mean !== null && b.mean !== null;
	return {
		variant,
		measure,
		minimumResolutionRatio,
		unit,
		a: a.mean,
		b: b.mean,
		differenceRatio:
			known && a.mean !== 0
				? ((b.mean ?? 0) - (a.mean ?? 0)) / Math.abs(a.mean ?? 0)
				: known && b.mean === 0
					? 0
					: null,
		intervalsApart: apart(a, b),
	};
}

function apart(a: EstimatedMeasure, b: EstimatedMeasure): boolean | null {
	if (a.intervalLow === null || a.intervalHigh === null || b.intervalLow === null || b.intervalHigh === null) {
		return null;
	}
	return a.intervalHigh < b.intervalLow || b.intervalHigh < a.intervalLow;
}
