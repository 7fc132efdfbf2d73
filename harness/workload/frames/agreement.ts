import type {Detection} from '#core/detections.ts';
import type {Target} from './targets.ts';

/**
 * How many boxes lie in a target: the middle of the box within the target's ellipse, each target counted for one box only,
 * the surest boxes first.
 */
export function matchedCount(
	boxes: readonly Detection[],
	{targets, sidePx}: {readonly targets: readonly Target[]; readonly sidePx: number},
): number {
	const free = new Set(targets);
	let count = 0;
	for (const {xRatio, yRatio} of boxes.toSorted((a, b) => b.score - a.score)) {
		const hit = [...free].find(target => isInside(target, {xPx: xRatio * sidePx, yPx: yRatio * sidePx}));
		if (hit) {
			free.delete(hit);
			count++;
		}
	}
	return count;
}

/** Whether a point lies in a target, or in one that is so many times as large. */
export function isInside(
	target: Target,
	{xPx, yPx}: {readonly xPx: number; readonly yPx: number},
	{enlarged = 1}: {readonly enlarged?: number} = {},
): boolean {
	const across = (xPx - target.xPx) / (target.radiusXPx * enlarged);
	const down = (yPx - target.yPx) / (target.radiusYPx * enlarged);
	return across ** 2 + down ** 2 <= 1;
}
