import {cellHistograms, featureBytes, normalisedFeatures} from './gradients.ts';
import {levelParts, pyramidLevels, type Size} from './pyramid-levels.ts';
import {type FoundWindow, slideWindow, type WindowClassifier} from './sliding-window.ts';
import {suppressOverlaps} from './suppress-overlaps.ts';

/** Features of all levels of a pyramid, one after the other, from the pixels of all levels; `size` is that of the first. */
export function pyramidFeatures(pixels: Uint8Array, size: Size): Uint8Array {
	const levels = pyramidLevels(size);
	const features = new Uint8Array(levels.reduce((sum, level) => sum + featureBytes(level), 0));
	let offset = 0;
	for (const {level, bytes} of levelParts(pixels, levels, ({width, height}) => width * height)) {
		features.set(normalisedFeatures(cellHistograms(bytes, level), level), offset);
		offset += featureBytes(level);
	}
	return features;
}

/** What the detector finds in the features of all levels, the surest first. */
export function detect(features: Uint8Array, size: Size, classifier: WindowClassifier): readonly FoundWindow[] {
	const found = levelParts(features, pyramidLevels(size), featureBytes).flatMap(({level, bytes}) => [
		...slideWindow(bytes, level, classifier),
	]);
	return suppressOverlaps(found);
}
