import type {DetectionCounts} from '#core/records/detection-counts.ts';
import type {Ratio} from '#core/units.ts';
import type {VariantRun} from './run-data.ts';
import {type Estimate, estimate} from './statistics.ts';

/** How well detections agree with what is in the frames. */
export const agreementKinds = ['recall', 'precision', 'f1'] as const;
export type AgreementKind = (typeof agreementKinds)[number];

/** Over some frames together; `undefined` where there is nothing to divide by. */
export function agreement(kind: AgreementKind, counts: readonly DetectionCounts[]): Ratio | undefined {
	const total = {targetCount: 0, boxCount: 0, matchedCount: 0};
	for (const one of counts) {
		total.targetCount += one.targetCount;
		total.boxCount += one.boxCount;
		total.matchedCount += one.matchedCount;
	}
	const {targetCount, boxCount, matchedCount} = total;
	switch (kind) {
		case 'recall':
			return targetCount > 0 ? matchedCount / targetCount : undefined;
		case 'precision':
			return boxCount > 0 ? matchedCount / boxCount : undefined;
		case 'f1':
			return boxCount + targetCount > 0 ? (2 * matchedCount) / (boxCount + targetCount) : undefined;
		default:
			return kind satisfies never;
	}
}

/** Resolutions are grouped to so much, where streams change theirs. */
const groupWidth = 0.05;

export type AgreementAtResolution = {
	readonly resolutionRatio: Ratio;
	/** Different frames that came at about this resolution. */
	readonly frameCount: number;
	readonly estimates: Readonly<Record<AgreementKind, Estimate | null>>;
};

/**
 * Agreement by delivered resolution, highest first. Each different frame of each repeat counts once, however often it came
 * round: the interval speaks of the frames, for the same frame at the same resolution gives the same boxes again.
 */
export function agreementByResolution(runs: readonly VariantRun[]): readonly AgreementAtResolution[] {
	const frames = runs.flatMap(({repeat, streams}) =>
		streams.flatMap(({deliveries}) =>
			deliveries.flatMap(({resolutionRatio, detections}) =>
				detections ? [{repeat, detections, group: Math.round(resolutionRatio / groupWidth)}] : [],
			),
		),
	);
	return [...Map.groupBy(frames, ({group}) => group)]
		.sort(([a], [b]) => b - a)
		.map(([group, members]) => {
			const byFrame = [
				...Map.groupBy(members, ({repeat, detections}) => `${repeat}/${detections.frameIndex}`).values(),
			];
			const over = (kind: AgreementKind) =>
				estimate(
					byFrame.flatMap(
						same =>
							agreement(
								kind,
								same.map(({detections}) => detections),
							) ?? [],
					),
				);
			return {
				resolutionRatio: Number((group * groupWidth).toPrecision(3)),
				frameCount: byFrame.length,
				estimates: {recall: over('recall'), precision: over('precision'), f1: over('f1')},
			};
		});
}
