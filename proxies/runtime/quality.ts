import assert from 'node:assert/strict';
import type {QualityRules} from '#core/scenario/schema.ts';
import type {Ratio, Seconds} from '#core/units.ts';

export type QualityStep = QualityRules['steps'][number];

/** The first row that holds for a chunk that came so much before (+) or after (−) its planned arrival (zamani2018, Table I). */
export function qualityStep(steps: readonly QualityStep[], diffSeconds: Seconds): QualityStep | undefined {
	return steps.find(
		({boundSeconds, boundIncluded}) =>
			boundSeconds === null || diffSeconds > boundSeconds || (boundIncluded && diffSeconds === boundSeconds),
	);
}

/** The resolution after a step: never below the minimum that the user accepts, never above all of it. */
export function steppedResolution({
	resolutionRatio,
	minimumResolutionRatio,
	changeRatio,
}: {
	readonly resolutionRatio: Ratio;
	readonly minimumResolutionRatio: Ratio;
	readonly changeRatio: number;
}): Ratio {
	assert(minimumResolutionRatio <= resolutionRatio && resolutionRatio <= 1);
	// Twelve digits keep 0.6 + 0.05 + 0.05 at 0.7 and are finer than any step.
	const stepped = Math.round((resolutionRatio + changeRatio) * 1e12) / 1e12;
	return Math.min(1, Math.max(minimumResolutionRatio, stepped));
}
