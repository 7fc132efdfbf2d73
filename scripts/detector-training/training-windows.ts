import type {RandomStream} from '#core/random.ts';
import {
	cellPx,
	orientationCount,
	windowCellCount,
	windowPx,
	windowTargetRadiusPx,
} from '#proxies/stages/detector-window.ts';
import {cellCounts, featureBytes} from '#proxies/stages/gradients.ts';
import {levelParts, levelStepRatio, pyramidLevels, type Size} from '#proxies/stages/pyramid-levels.ts';
import {isInside} from '#workload/frames/agreement.ts';
import type {Target} from '#workload/frames/targets.ts';
import type {TrainingFrame} from './training-frames.ts';

type Level = {readonly level: Size; readonly bytes: Uint8Array};

/** The levels of a frame with their features. */
export function levelsOf({features, sidePx}: TrainingFrame): readonly Level[] {
	return levelParts(features, pyramidLevels({width: sidePx, height: sidePx}), featureBytes);
}

/** The windows around the targets of a frame, each on the level on which the target fills the window best. */
export function targetWindows(frame: TrainingFrame): readonly Uint8Array[] {
	const levels = levelsOf(frame);
	return frame.targets.flatMap(target => {
		const radiusPx = Math.sqrt(target.radiusXPx * target.radiusYPx);
		const levelIndex = Math.round(Math.log(windowTargetRadiusPx / radiusPx) / Math.log(levelStepRatio));
		const at = levels[levelIndex];
		const window = at && windowAt(at, cornerAround(target, frame, at.level));
		return window ? [window] : [];
	});
}

/** Windows in random places whose middle is in no target nor just beside one. */
export function emptyWindows(frame: TrainingFrame, {count, random}: {count: number; random: RandomStream}) {
	const levels = levelsOf(frame);
	return Array.from({length: count}, () => {
		const at = levels[random.integer(levels.length)] as Level;
		const {columnCount, rowCount} = cellCounts(at.level);
		const corner = {
			column: random.integer(columnCount - windowCellCount + 1),
			row: random.integer(rowCount - windowCellCount + 1),
		};
		const toFull = frame.sidePx / at.level.width;
		const middle = {
			xPx: (corner.column * cellPx + windowPx / 2) * toFull,
			yPx: (corner.row * cellPx + windowPx / 2) * toFull,
		};
		return isClear(frame.targets, middle) ? windowAt(at, corner) : undefined;
	}).filter(window => window !== undefined);
}

/** What shows neither a target nor a part of one near its middle. */
export function isClear(targets: readonly Target[], middle: {readonly xPx: number; readonly yPx: number}): boolean {
	return !targets.some(target => isInside(target, middle, {enlarged: 1.25}));
}

type Corner = {readonly column: number; readonly row: number};

function cornerAround({xPx, yPx}: Target, {sidePx}: TrainingFrame, {width, height}: Size): Corner {
	return {
		column: Math.round((xPx * (width / sidePx) - windowPx / 2) / cellPx),
		row: Math.round((yPx * (height / sidePx) - windowPx / 2) / cellPx),
	};
}

/** The features of one window; `undefined` when it does not lie in the level. */
export function windowAt({level, bytes}: Level, {column, row}: Corner): Uint8Array | undefined {
	const {columnCount, rowCount} = cellCounts(level);
	if (column < 0 || row < 0 || column + windowCellCount > columnCount || row + windowCellCount > rowCount) {
		return undefined;
	}
	const rowLength = windowCellCount * orientationCount;
	const window = new Uint8Array(windowCellCount * rowLength);
	for (let below = 0; below < windowCellCount; below++) {
		const begin = ((row + below) * columnCount + column) * orientationCount;
		window.set(bytes.subarray(begin, begin + rowLength), below * rowLength);
	}
	return window;
}
