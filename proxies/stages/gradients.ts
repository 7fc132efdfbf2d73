import {cellPx, orientationCount} from './detector-window.ts';
import type {Size} from './pyramid-levels.ts';

/** Whole cells of an image; what is left over at its right and lower border belongs to none. */
export function cellCounts({width, height}: Size): {readonly columnCount: number; readonly rowCount: number} {
	return {columnCount: Math.floor(width / cellPx), rowCount: Math.floor(height / cellPx)};
}

/** Bytes of the features of an image. */
export function featureBytes(size: Size): number {
	const {columnCount, rowCount} = cellCounts(size);
	return columnCount * rowCount * orientationCount;
}

/**
 * Counts the gradients of every cell by orientation: each pixel votes with the length of its gradient for the two directions
 * that lie nearest to it, in proportion. Direction 0 brightens to the right; directions follow one another clockwise, y
 * pointing down. One row of cells after the other, the directions of a cell side by side.
 */
export function cellHistograms(pixels: Uint8Array, size: Size): Float32Array {
	const {columnCount, rowCount} = cellCounts(size);
	const histograms = new Float32Array(columnCount * rowCount * orientationCount);
	const {lengths, directions, nextShares} = gradientTables();
	const {width} = size;
	// At the image's own border a gradient has no second side.
	for (let y = 1; y < Math.min(rowCount * cellPx, size.height - 1); y++) {
		const cellRow = Math.floor(y / cellPx) * columnCount;
		for (let x = 1; x < Math.min(columnCount * cellPx, width - 1); x++) {
			const at = y * width + x;
			const acrossLevels = at1(pixels, at + 1) - at1(pixels, at - 1);
			const downLevels = at1(pixels, at + width) - at1(pixels, at - width);
			const entry = (downLevels + levelMax) * tableSide + acrossLevels + levelMax;
			const length = lengths[entry] ?? 0;
			const nextVote = length * (nextShares[entry] ?? 0);
			const first = directions[entry] ?? 0;
			const cell = (cellRow + Math.floor(x / cellPx)) * orientationCount;
			const next = cell + ((first + 1) % orientationCount);
			histograms[cell + first] = (histograms[cell + first] ?? 0) + length - nextVote;
			histograms[next] = (histograms[next] ?? 0) + nextVote;
		}
	}
	return histograms;
}

/** Grey levels of gradient, a pixel, below which a block counts as flat: there normalising would only raise noise. */
const flatLevels = 8;
/** No single direction of a cell counts for more than this share of its block. */
const truncationShare = 0.2;
const blocksOfCell = 4;

/**
 * Histograms of oriented gradients that bright and dim targets share: every cell is held against each of the four blocks of
 * 2 × 2 cells that it belongs to, truncated, and the four are added up. A byte a number, 255 being the most that can be.
 */
export function normalisedFeatures(histograms: Float32Array, size: Size): Uint8Array {
	const {columnCount, rowCount} = cellCounts(size);
	const inverse = inverseBlockLengths(histograms, {columnCount, rowCount});
	const features = new Uint8Array(histograms.length);
	const byteScale = 255 / (blocksOfCell * truncationShare);
	for (let row = 0; row < rowCount; row++) {
		for (let column = 0; column < columnCount; column++) {
			const cell = (row * columnCount + column) * orientationCount;
			const block = row * (columnCount + 1) + column;
			for (let direction = 0; direction < orientationCount; direction++) {
				const votes = histograms[cell + direction] ?? 0;
				let sum = 0;
				for (const offset of [0, 1, columnCount + 1, columnCount + 2]) {
					sum += Math.min(truncationShare, votes * (inverse[block + offset] ?? 0));
				}
				features[cell + direction] = Math.round(sum * byteScale);
			}
		}
	}
	return features;
}

/** One over the length of each block's vector. A block stands at every corner of cells; outside the image there is nothing. */
function inverseBlockLengths(
	histograms: Float32Array,
	{columnCount, rowCount}: {readonly columnCount: number; readonly rowCount: number},
): Float32Array {
	const squares = new Float32Array((columnCount + 1) * (rowCount + 1)).fill((flatLevels * cellPx * cellPx) ** 2);
	for (let row = 0; row < rowCount; row++) {
		for (let column = 0; column < columnCount; column++) {
			const cell = (row * columnCount + column) * orientationCount;
			let square = 0;
			for (let direction = 0; direction < orientationCount; direction++) {
				square += (histograms[cell + direction] ?? 0) ** 2;
			}
			const block = row * (columnCount + 1) + column;
			for (const corner of [block, block + 1, block + columnCount + 1, block + columnCount + 2]) {
				squares[corner] = (squares[corner] ?? 0) + square;
			}
		}
	}
	return squares.map(square => 1 / Math.sqrt(square));
}

const at1 = (pixels: Uint8Array, index: number): number => pixels[index] ?? 0;

/** The greatest difference of two pixels. */
const levelMax = 255;
const tableSide = 2 * levelMax + 1;

type GradientTables = {
	readonly lengths: Float32Array;
	readonly directions: Uint8Array;
	/** How much of a vote goes to the direction after. */
	readonly nextShares: Float32Array;
};

let tables: GradientTables | undefined;

/** For every gradient that two pairs of bytes can have, so that no pixel costs a root and an angle. */
function gradientTables(): GradientTables {
	if (tables) {
		return tables;
	}
	const lengths = new Float32Array(tableSide * tableSide);
	const directions = new Uint8Array(tableSide * tableSide);
	const nextShares = new Float32Array(tableSide * tableSide);
	for (let down = -levelMax; down <= levelMax; down++) {
		for (let across = -levelMax; across <= levelMax; across++) {
			const entry = (down + levelMax) * tableSide + across + levelMax;
			const turns = Math.atan2(down, across) / (2 * Math.PI);
			const position = (turns < 0 ? turns + 1 : turns) * orientationCount;
			lengths[entry] = Math.hypot(across, down);
			directions[entry] = Math.floor(position) % orientationCount;
			nextShares[entry] = position - Math.floor(position);
		}
	}
	tables = {lengths, directions, nextShares};
	return tables;
}
