import assert from 'node:assert/strict';
import detector from './detector.json' with {type: 'json'};
import {windowFeatureCount} from './detector-window.ts';
import type {WindowClassifier} from './sliding-window.ts';

assert.equal(detector.weights.length, windowFeatureCount, 'the detector was trained for another window');

/** The classifier that ships, as `npm run train-detector` wrote it. */
export const shippedClassifier: WindowClassifier = {
	weights: Float32Array.from(detector.weights),
	bias: detector.bias,
};
