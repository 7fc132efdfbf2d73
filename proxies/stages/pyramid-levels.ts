import {windowPx} from './detector-window.ts';

export type Size = {readonly width: number; readonly height: number};

/** From one level of a pyramid to the next, both sides shrink by this: two levels halve them. */
export const levelStepRatio = Math.SQRT1_2;

/** The sizes of the levels of an image's pyramid, the image itself first, down to the last that holds a whole window. */
export function pyramidLevels({width, height}: Size): readonly Size[] {
	const levels: Size[] = [{width, height}];
	for (let level = 1; ; level++) {
		const shrinkRatio = levelStepRatio ** level;
		const size = {width: Math.round(width * shrinkRatio), height: Math.round(height * shrinkRatio)};
		if (Math.min(size.width, size.height) < windowPx) {
			return levels;
		}
		levels.push(size);
	}
}

/** Cuts content that holds something for every level, one after the other, into the parts of its levels: views, not copies. */
export function levelParts<Level extends Size>(
	content: Uint8Array,
	levels: readonly Level[],
	bytesOf: (level: Level) => number,
): ReadonlyArray<{readonly level: Level; readonly bytes: Uint8Array}> {
	let offset = 0;
	return levels.map(level => {
		const begin = offset;
		offset += bytesOf(level);
		return {level, bytes: content.subarray(begin, offset)};
	});
}
