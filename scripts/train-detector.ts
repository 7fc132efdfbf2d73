import {writeFile} from 'node:fs/promises';
import {trainClassifier} from './detector-training/train-classifier.ts';

/** Trains the detector of the last stage and writes `proxies/stages/detector.json`: `npm run train-detector`. */

const {classifier, ...training} = await trainClassifier();
const rounded = (value: number): number => Number(value.toPrecision(6));
const model = {bias: rounded(classifier.bias), weights: [...classifier.weights].map(rounded)};
await writeFile(new URL('../proxies/stages/detector.json', import.meta.url), `${JSON.stringify(model)}\n`);
console.log(training);
