import {cellPx, orientationCount, windowCellCount, windowPx, windowTargetRadiusPx} from './detector-window.ts';
import {cellCounts} from './gradients.ts';
import type {Size} from './pyramid-levels.ts';

/** A linear classifier over the features of one window. */
export type WindowClassifier = {
	/** Row after row of cells, the directions of a cell side by side. */
	readonly weights: Float32Array;
	/** Added to the sum; a window of more than 0 holds a target. */
	readonly bias: number;
};

/** A window that holds a target: its middle and the reach of the target as shares of the picture. */
export type FoundWindow = {
	readonly xRatio: number;
	readonly yRatio: number;
	readonly radiusRatio: number;
	readonly score: number;
};

/** Slides the window over the features of one level, cell by cell. */
export function* slideWindow(
	features: Uint8Array,
	size: Size,
	classifier: WindowClassifier,
): Generator<FoundWindow, void, undefined> {
	const {columnCount, rowCount} = cellCounts(size);
	for (let row = 0; row + windowCellCount <= rowCount; row++) {
		for (let column = 0; column + windowCellCount <= columnCount; column++) {
			const score = windowScore(features, {row, column, columnCount}, classifier);
			if (score > 0) {
				yield {
					xRatio: (column * cellPx + windowPx / 2) / size.width,
					yRatio: (row * cellPx + windowPx / 2) / size.height,
					radiusRatio: windowTargetRadiusPx / size.width,
					score,
				};
			}
		}
	}
}

function windowScore(
	features: Uint8Array,
	{row, column, columnCount}: {readonly row: number; readonly column: number; readonly columnCount: number},
	{weights, bias}: WindowClassifier,
): number {
	const rowLength = windowCellCount * orientationCount;
	let score = bias;
	for (let below = 0; below < windowCellCount; below++) {
		const begin = ((row + below) * columnCount + column) * orientationCount;
		for (let along = 0; along < rowLength; along++) {
			score += (features[begin + along] ?? 0) * (weights[below * rowLength + along] ?? 0);
		}
	}
	return score;
}
