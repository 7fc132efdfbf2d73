import assert from 'node:assert/strict';
import type {QualityRules} from '#core/scenario/schema.ts';
import type {Ratio, Seconds} from '#core/units.ts';

type QualityStep = QualityRules['steps'][number];

/** The resolution of a stream after a chunk that was so early (+) or late (−), and by which row; none where it stays as it is. */
export function resolutionChange(
	steps: readonly QualityStep[],
	{
		diffSeconds,
		resolutionRatio: previousRatio,
		minimumResolutionRatio,
	}: {
		readonly diffSeconds: Seconds;
		readonly resolutionRatio: Ratio;
		readonly minimumResolutionRatio: Ratio;
	},
): {readonly resolutionRatio: Ratio; readonly condition: string} | undefined {
	const step = qualityStep(steps, diffSeconds);
	if (!step) {
		return undefined;
	}
	const {changeRatio, condition} = step;
	const resolutionRatio = steppedResolution({resolutionRatio: previousRatio, minimumResolutionRatio, changeRatio});
	return resolutionRatio === previousRatio ? undefined : {resolutionRatio, condition};
}

/** The first row that holds for a chunk that came so much before (+) or after (−) its planned arrival (zamani2018, Table I). */
function qualityStep(steps: readonly QualityStep[], diffSeconds: Seconds): QualityStep | undefined {
	return steps.find(
		({boundSeconds, boundIncluded}) =>
			boundSeconds === null || diffSeconds > boundSeconds || (boundIncluded && diffSeconds === boundSeconds),
	);
}

/** The resolution after a step: never below the minimum that the user accepts, never above all of it. */
function steppedResolution({
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
