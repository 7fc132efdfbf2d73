import type {RandomStream} from '#core/random.ts';

/** From the largest features to the smallest: cells along a side, and how much they add, in grey levels. */
const octaves = [
	{cellCount: 3, amplitude: 22},
	{cellCount: 9, amplitude: 12},
	{cellCount: 27, amplitude: 7},
	{cellCount: 81, amplitude: 4},
] as const;

/** A smooth random texture of several scales around 0: a square of that side, row after row, in grey levels. */
export function valueNoise(side: number, random: RandomStream): Float32Array {
	const texture = new Float32Array(side * side);
	for (const {cellCount, amplitude} of octaves) {
		addOctave(texture, {side, cellCount, amplitude, random: random.split(`octave-${cellCount}`)});
	}
	return texture;
}

function addOctave(
	texture: Float32Array,
	{
		side,
		cellCount,
		amplitude,
		random,
	}: {
		readonly side: number;
		readonly cellCount: number;
		readonly amplitude: number;
		readonly random: RandomStream;
	},
): void {
	const corners = cellCount + 1;
	const grid = Float32Array.from({length: corners * corners}, () => (random.next() * 2 - 1) * amplitude);
	const positions = Array.from({length: side}, (_, pixel) => smoothPosition((pixel / side) * cellCount));
	const blendedRow = new Float32Array(corners);
	for (const [y, {cell, share}] of positions.entries()) {
		for (let x = 0; x < corners; x++) {
			const above = grid[cell * corners + x] ?? 0;
			const below = grid[(cell + 1) * corners + x] ?? 0;
			blendedRow[x] = above + (below - above) * share;
		}
		for (let x = 0; x < side; x++) {
			const across = positions[x] as SmoothPosition;
			const left = blendedRow[across.cell] ?? 0;
			const right = blendedRow[across.cell + 1] ?? 0;
			texture[y * side + x] = (texture[y * side + x] ?? 0) + left + (right - left) * across.share;
		}
	}
}

type SmoothPosition = {readonly cell: number; readonly share: number};

/** The cell that a position lies in, and how far it counts as the next one: eased, so that cells show no edges. */
function smoothPosition(position: number): SmoothPosition {
	const cell = Math.floor(position);
	const part = position - cell;
	return {cell, share: part * part * (3 - 2 * part)};
}
