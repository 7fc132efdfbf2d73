import assert from 'node:assert/strict';

export type Sample = {readonly features: Uint8Array; readonly label: 1 | -1};

/**
 * The linear function of the features that comes nearest to the labels in the sum of squares, both labels weighing the same
 * however many samples they have. For two classes its direction is that of Fisher's discriminant.
 */
export function ridgeRegression(
	samples: readonly Sample[],
	{
		penalty,
	}: {
		/** Against weights that only fit noise, as a share of the mean square of a feature. */
		readonly penalty: number;
	},
): {readonly weights: Float64Array; readonly bias: number} {
	const featureCount = samples[0]?.features.length ?? 0;
	const size = featureCount + 1;
	const matrix = new Float64Array(size * size);
	const right = new Float64Array(size);
	const counts = {1: 0, [-1]: 0};
	for (const {label} of samples) {
		counts[label]++;
	}
	const values = new Float64Array(size);
	values[featureCount] = 1;
	for (const {features, label} of samples) {
		values.set(features);
		const weight = 1 / counts[label];
		for (let row = 0; row < size; row++) {
			const weighted = weight * (values[row] ?? 0);
			right[row] = (right[row] ?? 0) + weighted * label;
			if (weighted !== 0) {
				addProducts(matrix, {row, values, weighted});
			}
		}
	}
	const diagonal = (index: number) => matrix[index * size + index] ?? 0;
	const meanSquare = [...Array(featureCount).keys()].reduce((sum, index) => sum + diagonal(index), 0) / featureCount;
	for (let index = 0; index < featureCount; index++) {
		matrix[index * size + index] = diagonal(index) + penalty * meanSquare;
	}
	const solution = solveSymmetric(matrix, right);
	return {weights: solution.subarray(0, featureCount), bias: solution[featureCount] ?? 0};
}

/** Adds to the lower half of one row. */
function addProducts(
	matrix: Float64Array,
	{row, values, weighted}: {readonly row: number; readonly values: Float64Array; readonly weighted: number},
): void {
	const begin = row * values.length;
	for (let column = 0; column <= row; column++) {
		matrix[begin + column] = (matrix[begin + column] ?? 0) + weighted * (values[column] ?? 0);
	}
}

/** Solves a symmetric, positive definite system of which the lower half is given, by Cholesky's decomposition in place. */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
	const size = right.length;
	const at = (row: number, column: number) => matrix[row * size + column] ?? 0;
	for (let row = 0; row < size; row++) {
		for (let column = 0; column <= row; column++) {
			let rest = at(row, column);
			for (let index = 0; index < column; index++) {
				rest -= at(row, index) * at(column, index);
			}
			assert(row !== column || rest > 0, 'the matrix is not positive definite');
			matrix[row * size + column] = row === column ? Math.sqrt(rest) : rest / at(column, column);
		}
	}
	const solution = Float64Array.from(right);
	for (let row = 0; row < size; row++) {
		let rest = solution[row] ?? 0;
		for (let column = 0; column < row; column++) {
			rest -= at(row, column) * (solution[column] ?? 0);
		}
		solution[row] = rest / at(row, row);
	}
	for (let row = size - 1; row >= 0; row--) {
		let rest = solution[row] ?? 0;
		for (let below = row + 1; below < size; below++) {
			rest -= at(below, row) * (solution[below] ?? 0);
		}
		solution[row] = rest / at(row, row);
	}
	return solution;
}
