import type {FoundWindow} from './sliding-window.ts';

/** Two windows closer than this, in radii of the larger one, saw the same target. */
const sameTargetRadii = 1.2;

/** One window a target: of those that lie close together, on whatever level, the surest. In order of certainty. */
export function suppressOverlaps(windows: readonly FoundWindow[]): readonly FoundWindow[] {
	const kept: FoundWindow[] = [];
	for (const window of windows.toSorted((a, b) => b.score - a.score)) {
		if (!kept.some(other => isSameTarget(window, other))) {
			kept.push(window);
		}
	}
	return kept;
}

function isSameTarget(one: FoundWindow, other: FoundWindow): boolean {
	const distance = Math.hypot(one.xRatio - other.xRatio, one.yRatio - other.yRatio);
	return distance < sameTargetRadii * Math.max(one.radiusRatio, other.radiusRatio);
}
