import {encodeDetections} from '#core/detections.ts';
import {shippedClassifier} from './detector.ts';
import {detect, pyramidFeatures} from './level-work.ts';
import type {Size} from './pyramid-levels.ts';

/** What runs in the threads of a site: one function a stage, content in, content out. */

export type StageTask = {readonly content: Uint8Array; readonly size: Size};

/** The pixels of all levels to the features of all levels. */
export function gradients({content, size}: StageTask): Uint8Array {
	return pyramidFeatures(content, size);
}

/** The features of all levels to a list of boxes. */
export function windows({content, size}: StageTask): Uint8Array {
	const boxes = detect(content, size, shippedClassifier);
	return encodeDetections(boxes.map(({score, ...box}) => ({...box, score: Number(score.toPrecision(4))})));
}
